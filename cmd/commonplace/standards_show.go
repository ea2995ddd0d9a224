package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/standards"
)

func newStandardsShow(s *session) *cobra.Command {
	return &cobra.Command{
		Use:   "show [CODE|FRAMEWORK[@EDITION]]",
		Short: "Show a statement with what is above, below and beside it and its editions, or a framework, or all frameworks",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				l := a.Standards()
				if len(args) == 0 {
					return s.listFrameworks(l)
				}
				if f, ok := l.Framework(args[0]); ok {
					return s.showFramework(f)
				}
				found := l.Resolve(args[0])
				if found.Resolution == standards.Ambiguous {
					for _, candidate := range found.Candidates {
						s.printf("%s %s  %s\n", candidate.Framework, candidate.Code, candidate.Text)
					}
					return usagef("%s may mean %d statements", args[0], len(found.Candidates))
				}
				statement, ok := l.Statement(found.Key())
				if !ok {
					return fmt.Errorf("standard %s: %w in the imported frameworks", args[0], kind.ErrNotFound)
				}
				return s.showStatement(l, statement)
			})
		},
	}
}

func (s *session) showFramework(f *standards.Framework) error {
	if s.json {
		return s.printJSON(struct {
			*standards.Framework
			Statements []standards.Statement `json:"statements"`
		}{f, f.Statements})
	}
	s.printf("%s: %s\n", f.Name, f.Title)
	depth := map[string]int{}
	for _, st := range f.Statements { // parents stand before their children
		depth[st.Key] = depth[st.Parent] + 1
		s.printStatement(st, depth[st.Key])
	}
	return nil
}

// shown is what there is to say of a statement.
type shown struct {
	standards.Statement
	Above    []standards.Statement `json:"above"` // the top first
	Below    []standards.Statement `json:"below"` // each before what is below it
	Related  []relation            `json:"related"`
	Editions []standards.Statement `json:"editions"` // the same statement in the other editions of its framework
}

type relation struct {
	standards.Relation
	Statement *standards.Statement `json:"statement,omitempty"` // where it is imported
}

func (s *session) showStatement(l *standards.Library, st standards.Statement) error {
	v := shown{Statement: st, Above: []standards.Statement{}, Below: []standards.Statement{}, Related: []relation{}, Editions: []standards.Statement{}}
	for _, key := range l.Ancestors(st.Key) {
		if above, ok := l.Statement(key); ok {
			v.Above = append([]standards.Statement{above}, v.Above...)
		}
	}
	for _, key := range l.Descendants(st.Key) {
		if below, ok := l.Statement(key); ok {
			v.Below = append(v.Below, below)
		}
	}
	for _, r := range l.Related(st.Key) {
		one := relation{Relation: r}
		if other, ok := l.Statement(r.Other); ok {
			one.Statement = &other
		}
		v.Related = append(v.Related, one)
	}
	for _, f := range l.Editions(st.Framework) {
		for _, other := range f.Statements {
			if f.Name != st.Framework && (other.Key == st.Key || other.Code == st.Code && st.Code != "") {
				v.Editions = append(v.Editions, other)
			}
		}
	}
	if s.json {
		return s.printJSON(v)
	}
	for i, above := range v.Above {
		s.printStatement(above, i)
	}
	depth := map[string]int{st.Key: len(v.Above)}
	s.printStatement(st, len(v.Above))
	for _, below := range v.Below {
		depth[below.Key] = depth[below.Parent] + 1
		s.printStatement(below, depth[below.Key])
	}
	for _, r := range v.Related {
		arrow, name := "→", strings.TrimSpace(r.Framework+" "+r.Other)
		if r.Inverse {
			arrow = "←"
		}
		if r.Statement != nil {
			name = fmt.Sprintf("%s %s  %s", r.Framework, r.Statement.Code, r.Statement.Text)
		}
		s.printf("%s %s %s\n", arrow, r.Type, name)
	}
	for _, other := range v.Editions {
		same := "other words: " + other.Text
		if other.Text == st.Text {
			same = "the same words"
		}
		s.printf("in %s %s: %s\n", other.Framework, other.Code, same)
	}
	return nil
}

func (s *session) printStatement(st standards.Statement, depth int) {
	s.printf("%s%s\n", strings.Repeat("  ", depth), strings.TrimSpace(st.Code+"  "+st.Text))
}

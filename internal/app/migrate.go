package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/repository/standards"
)

// Migration is what becomes, or became, of this server's alignments to one framework in another.
type Migration struct {
	From      string          `json:"from"`            // short name, perhaps with an edition
	To        string          `json:"to"`              //
	Owner     string          `json:"owner,omitempty"` // "" is everybody
	Run       string          `json:"run,omitempty"`   // "" of a report, which changes nothing
	Steps     []MigrationStep `json:"steps"`           // one for each statement, in the order of its code
	Resources []Realignment   `json:"resources"`       // in the order of their addresses
}

// MigrationStep is a step of the plan in the codes that people know.
type MigrationStep struct {
	standards.Step
	Code      string   `json:"code,omitempty"`
	Codes     []string `json:"codes"`     // of Step.To
	Resources int      `json:"resources"` // that say themselves that they are aligned to it
}

// RealignmentState says what became of one resource.
type RealignmentState string

// The states of a Realignment.
const (
	Planned     RealignmentState = "planned"   // nothing was written
	Realigned   RealignmentState = "realigned" // a revision was published
	NothingDue  RealignmentState = "left"      // no alignment of it leads anywhere for certain
	Refused     RealignmentState = "refused"   // the new revision was refused; Problem says why
	Restored    RealignmentState = "restored"  // undone: its index.md is what it was before the run
	EditedSince RealignmentState = "edited"    // not undone: somebody has edited it since
	NotHere     RealignmentState = "gone"      // not undone: it was withdrawn
	Untouched   RealignmentState = "untouched" // the run ended before its turn came
)

// Realignment is what becomes of the alignments that one resource says itself. Those that a part inherits change with
// its unit.
type Realignment struct {
	ID       repository.ID       `json:"id"`
	Address  string              `json:"address"`
	State    RealignmentState    `json:"state"`
	Changes  []AlignmentChange   `json:"changes"`
	Left     []AlignmentChange   `json:"left"` // not changed, because a person must choose; Why says what it depends on
	Before   repository.Revision `json:"before"`
	Revision repository.Revision `json:"revision,omitempty"` // the one that the run, or the undoing, published
	Problem  string              `json:"problem,omitempty"`
}

// AlignmentChange is one alignment as it is written and as it will be.
type AlignmentChange struct {
	Kind   string `json:"kind"` // teaches, assesses, requires
	Before string `json:"before"`
	After  string `json:"after,omitempty"`
	Why    string `json:"why"` // a standards.Reason; "list" for several codes in one entry, "ambiguous", "unwritable"
}

// PlanMigration says what Migrate would do, and what is left to people. It changes nothing. Both frameworks must be
// imported, else the error is kind.ErrNotFound; an unknown owner is kind.ErrNotFound, too.
func (a *App) PlanMigration(ctx context.Context, from, to, owner string) (m Migration, err error) {
	m = Migration{From: from, To: to, Owner: owner, Steps: []MigrationStep{}, Resources: []Realignment{}}
	aligner, err := a.newAligner(ctx, from, to, owner)
	if err != nil {
		return m, err
	}
	counted := map[string]int{}
	err = a.ownOf(ctx, owner, func(r repository.Resource) error {
		one, _, err := aligner.look(ctx, r)
		if err != nil || one == nil {
			return err
		}
		for _, key := range one.keys {
			counted[key]++
		}
		m.Resources = append(m.Resources, one.Realignment)
		return nil
	})
	m.Steps = aligner.report(counted)
	byAddress(m.Resources)
	return m, err
}

func byAddress(list []Realignment) {
	slices.SortStableFunc(list, func(a, b Realignment) int { return strings.Compare(a.Address, b.Address) })
}

// ownOf visits each of this server's resources once, parts included, in the order of their changes. What changes
// meanwhile, perhaps because of the visit, is not missed.
func (a *App) ownOf(ctx context.Context, owner string, visit func(repository.Resource) error) error {
	const window = 500 // changes
	seen := map[repository.ID]bool{}
	for after := int64(0); ; {
		newest, err := a.Catalog.Seq(ctx)
		if err != nil || after >= newest {
			return err
		}
		upTo := min(after+window, newest)
		list, err := a.Catalog.Between(ctx, after, upTo, false)
		if err != nil {
			return err
		}
		for _, r := range list {
			if seen[r.ID] || owner != "" && r.Address.Owner != owner {
				continue
			}
			seen[r.ID] = true
			if r, err = a.Repository.ByID(ctx, r.ID); err != nil { // an earlier visit may have changed it
				return err
			}
			if r.Deleted {
				continue
			}
			if err := visit(r); err != nil {
				return err
			}
		}
		after = upTo
	}
}

// aligner moves alignments from one framework to another.
type aligner struct {
	repo     *repository.Service
	library  *standards.Library
	from, to string
	steps    map[string]*standards.Step // by key; nil for statements that need none
}

func (a *App) newAligner(ctx context.Context, from, to, owner string) (*aligner, error) {
	l := a.Standards()
	var names []string // a name with the newest edition means what the name alone does
	for _, name := range []string{from, to} {
		f, ok := l.Framework(name)
		if !ok {
			return nil, fmt.Errorf("framework %s: %w; import it first", name, kind.ErrNotFound)
		}
		names = append(names, f.Name)
	}
	if names[0] == names[1] {
		return nil, fmt.Errorf("%w: %s and %s are the same edition", kind.ErrInvalid, from, to)
	}
	if owner != "" {
		if _, err := a.Accounts.Owner(ctx, owner); err != nil {
			return nil, fmt.Errorf("owner %s: %w", owner, err)
		}
	}
	return &aligner{repo: a.Repository, library: l, from: names[0], to: names[1], steps: map[string]*standards.Step{}}, nil
}

// step is that of a statement, nil if it needs none.
func (g *aligner) step(key string) *standards.Step {
	if s, known := g.steps[key]; known {
		return s
	}
	g.steps[key] = nil
	for _, s := range g.library.PlanMigration(g.from, g.to, []string{key}) {
		g.steps[key] = &s
	}
	return g.steps[key]
}

// report lists the steps with their codes.
func (g *aligner) report(resources map[string]int) []MigrationStep {
	list := []MigrationStep{}
	for key, s := range g.steps {
		if s == nil {
			continue
		}
		m := MigrationStep{Step: *s, Code: g.code(key), Codes: []string{}, Resources: resources[key]}
		for _, to := range s.To {
			m.Codes = append(m.Codes, g.code(to))
		}
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b MigrationStep) int { return strings.Compare(a.Code+a.From, b.Code+b.From) })
	return list
}

// code is what people call a statement.
func (g *aligner) code(key string) string {
	if s, ok := g.library.Statement(key); ok && s.Code != "" {
		return s.Code
	}
	return key
}

// looked is a resource that is aligned to the framework that is left.
type looked struct {
	Realignment
	keys []string // of the statements
}

// look reads what a resource says itself; nil if none of it is about the framework. The edit is nil if nothing can be
// done.
func (g *aligner) look(ctx context.Context, r repository.Resource) (*looked, *metadata.Edit, error) {
	if !g.concerns(r.Metadata.Alignments) {
		return nil, nil, nil // what it says itself is part of this
	}
	doc, err := g.repo.Source(ctx, r)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, kind.ErrNotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	written := doc.Metadata.Alignments
	if !g.concerns(written) {
		return nil, nil, nil
	}
	one := &looked{Realignment: Realignment{
		ID: r.ID, Address: r.Address.String(), State: Planned, Changes: []AlignmentChange{}, Left: []AlignmentChange{}, Before: r.Revision,
	}}
	edited := metadata.Alignments{
		Teaches: g.move(one, "teaches", written.Teaches), Assesses: g.move(one, "assesses", written.Assesses),
		Requires: g.move(one, "requires", written.Requires),
	}
	if len(one.Changes) == 0 {
		one.State = NothingDue
		return one, nil, nil
	}
	return one, &metadata.Edit{Alignments: &edited}, nil
}

// concerns reports whether one of the alignments is, or may be, to a statement of the framework that needs a step.
func (g *aligner) concerns(a metadata.Alignments) bool {
	for _, list := range [][]string{a.Teaches, a.Assesses, a.Requires} {
		for _, written := range list {
			for _, r := range g.library.ResolveAll(written) {
				if r.Known() && g.step(r.Key()) != nil || g.maybe(r) {
					return true
				}
			}
		}
	}
	return false
}

// maybe reports whether an ambiguous code may mean a statement of the framework.
func (g *aligner) maybe(r standards.Resolution) bool {
	return slices.ContainsFunc(r.Candidates, func(c standards.Candidate) bool { return c.Framework == g.from })
}

// move gives a list of alignments with what is certain moved, and notes what it did.
func (g *aligner) move(one *looked, kind string, list []string) []string {
	var out []string
	has := map[string]bool{} // statements that the list has already
	add := func(written string) {
		if key := g.library.Resolve(written).Key(); key == "" || !has[key] {
			has[key] = true
			out = append(out, written)
		}
	}
	for _, written := range list {
		change, keys := g.change(kind, written)
		one.keys = append(one.keys, keys...)
		switch {
		case change == nil:
			add(written)
		case change.After == "":
			one.Left = append(one.Left, *change)
			add(written)
		default:
			one.Changes = append(one.Changes, *change)
			add(change.After)
		}
	}
	slices.Sort(one.keys)
	one.keys = slices.Compact(one.keys)
	return out
}

// change says what becomes of one entry, nil if it stays, and which statements of the framework it names.
func (g *aligner) change(kind, written string) (*AlignmentChange, []string) {
	var keys []string
	var step *standards.Step
	maybe := false
	all := g.library.ResolveAll(written)
	for _, r := range all {
		maybe = maybe || g.maybe(r)
		if s := g.step(r.Key()); r.Known() && s != nil {
			step, keys = s, append(keys, r.Key())
		}
	}
	left := func(why string) (*AlignmentChange, []string) {
		return &AlignmentChange{Kind: kind, Before: written, Why: why}, keys
	}
	switch {
	case step == nil && maybe:
		return left("ambiguous")
	case step == nil:
		return nil, nil
	case len(all) > 1:
		return left("list")
	case !step.Certain || len(step.To) != 1:
		return left(string(step.Why))
	}
	after := g.written(written, step.From, step.To[0])
	if after == "" {
		return left("unwritable")
	}
	return &AlignmentChange{Kind: kind, Before: written, After: after, Why: string(step.Why)}, keys
}

// written is how a statement is written in the manner in which the one that it takes the place of was: as an address, an
// identifier, or a code with or without what all codes of its framework begin with. It always means that statement and
// nothing else; "" if nothing does.
func (g *aligner) written(before, from, to string) string {
	old, _ := g.library.Statement(from)
	next, _ := g.library.Statement(to)
	var forms []string
	switch {
	case strings.Contains(before, "://"):
		forms = append(forms, next.URI)
	case strings.EqualFold(strings.ReplaceAll(before, "-", ""), strings.ReplaceAll(old.GUID, "-", "")):
		forms = append(forms, next.GUID)
	default:
		if prefix, ok := cutSuffixFold(before, old.Code); ok {
			forms = append(forms, prefix+next.Code)
		}
		if prefix, ok := cutSuffixFold(old.Code, before); ok {
			if short, ok := strings.CutPrefix(next.Code, prefix); ok {
				forms = append(forms, short)
			}
		}
	}
	for _, form := range append(forms, next.Code, next.URI, next.GUID) {
		if form == "" {
			continue
		}
		if all := g.library.ResolveAll(form); len(all) == 1 && all[0].Key() == to {
			return form
		}
	}
	return ""
}

// cutSuffixFold gives what stands before a suffix, which may be in another case.
func cutSuffixFold(s, suffix string) (string, bool) {
	if suffix == "" || len(s) < len(suffix) || !strings.EqualFold(s[len(s)-len(suffix):], suffix) {
		return "", false
	}
	return s[:len(s)-len(suffix)], true
}

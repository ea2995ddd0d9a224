package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// rows are the resources of a table. Its files are beside it, and nothing outside of its folder is read.
func (s *session) rows(name string) ([]folder, error) {
	full := s.path(name)
	file, err := os.Open(full)
	if err != nil {
		return nil, usagef("%s: %w", name, err)
	}
	defer file.Close()
	root, err := os.OpenRoot(filepath.Dir(full)) // stays open: files are read when they are published
	if err != nil {
		return nil, err
	}
	sheet, err := repository.ReadSheet(name, file, root.FS())
	if err != nil {
		return nil, err
	}
	if len(sheet.Left) > 0 {
		fmt.Fprintf(s.err, "%s: columns that mean nothing here are left out: %s\n", name, strings.Join(sheet.Left, ", "))
	}
	var list []folder
	for _, p := range sheet.Problems {
		list = append(list, folder{name: fmt.Sprintf("%s:%d", name, p.Line), line: p.Line, problems: metadata.Problems{p}})
	}
	for _, row := range sheet.Rows {
		list = append(list, folder{owner: row.Owner, slug: row.Slug, name: fmt.Sprintf("%s:%d", name, row.Line), line: row.Line, files: row.Files})
	}
	slices.SortStableFunc(list, func(a, b folder) int { return a.line - b.line })
	return list, nil
}

// bulkReport is what became of all that one command was to publish.
type bulkReport struct {
	Started   time.Time      `json:"started"`
	Ended     time.Time      `json:"ended"`
	DryRun    bool           `json:"dry_run,omitempty"`
	Total     int            `json:"total"`
	States    map[string]int `json:"states"`    // how many are created, revised, unchanged, checked, refused, waiting
	Resources []*published   `json:"resources"` // in the order in which they were named
}

// bulkStates are in the order in which people are told of them.
var bulkStates = []string{"created", "revised", "unchanged", "checked", "refused", "waiting"}

// end counts. What an interruption left is waiting: the same command goes on with it.
func (r *bulkReport) end(folders []folder) {
	r.Ended, r.States = time.Now().UTC(), map[string]int{}
	for i, one := range r.Resources {
		if one == nil {
			one = &published{Path: folders[i].name, State: "waiting"}
			r.Resources[i] = one
		}
		r.States[one.State]++
	}
}

func (r *bulkReport) summary() string {
	var counts []string
	for _, state := range bulkStates {
		if n := r.States[state]; n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, state))
		}
	}
	return fmt.Sprintf("%s: %s, in %s", count(r.Total, "resource"), strings.Join(counts, ", "), r.Ended.Sub(r.Started).Round(100*time.Millisecond))
}

// write stores the report, whole or not at all.
func (r *bulkReport) write(name string) error {
	var text []byte
	if strings.HasSuffix(name, ".json") {
		var err error
		if text, err = json.MarshalIndent(r, "", "  "); err != nil {
			return err
		}
		text = append(text, '\n')
	} else {
		var b strings.Builder
		fmt.Fprintf(&b, "%s\n%s\n\n", r.Started.Format(time.RFC3339), r.summary())
		for _, one := range r.Resources {
			fmt.Fprintf(&b, "%-9s %s  %s\n", one.State, one.Path, one.URL)
			for _, p := range one.Problems {
				fmt.Fprintf(&b, "          %s\n", p)
			}
			if one.Error != "" {
				fmt.Fprintf(&b, "          %s\n", one.Error)
			}
		}
		text = []byte(b.String())
	}
	temp := name + ".part"
	if err := os.WriteFile(temp, text, 0o644); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return os.Rename(temp, name)
}

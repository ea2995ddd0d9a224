package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/search"
)

// found is one hit as --json prints it.
type found struct {
	ID      string  `json:"id"`
	URL     string  `json:"url"`
	Title   string  `json:"title"`
	License string  `json:"license"`
	Type    string  `json:"type"`
	Source  string  `json:"source"`
	Score   float64 `json:"score"`
}

func newSearch(s *session) *cobra.Command {
	size := 20
	c := &cobra.Command{
		Use:   "search QUERY",
		Short: "Search as the page does",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				query, hints := search.ParseQuery(strings.Join(args, " "))
				results, err := a.Search.Search(c.Context(), search.Request{Query: query, Size: size})
				if err != nil {
					return err
				}
				for _, hit := range results.Hits {
					r, err := a.Repository.ByID(c.Context(), repository.ID(hit.ID))
					if err != nil {
						return err
					}
					line := found{ID: hit.ID, URL: a.Repository.URL(r.Address), Title: r.Metadata.Title, License: string(r.License),
						Type: string(r.Metadata.Type), Source: search.Own, Score: hit.Score}
					if r.Origin != nil {
						line.URL, line.Source = a.Repository.Permalink(r.ID), r.Origin.Peer
					}
					if s.json {
						if err := s.printJSON(line); err != nil {
							return err
						}
						continue
					}
					s.printf("%s (%s, %s)\n  %s\n", line.Title, line.Type, orNotCleared(line.License), line.URL)
				}
				if !s.json {
					s.printf("%d found\n", results.Total)
					for _, hint := range append(hints, results.Hints...) {
						s.printf("hint: %s\n", hint.Message)
					}
				}
				return nil
			})
		},
	}
	c.Flags().IntVar(&size, "limit", size, "how many to print, at most 100")
	return c
}

func orNotCleared(license string) string {
	if license == "" {
		return "license not cleared"
	}
	return license
}

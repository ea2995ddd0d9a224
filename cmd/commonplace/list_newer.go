package main

import (
	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/repository/approval"
)

func newListNewer(s *session) *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use: "newer LIST", Short: "Show what is newer than the approved revisions, and what changed", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			ctx := c.Context()
			return s.withApp(ctx, func(a *app.App) error {
				l, err := a.Boards.List(ctx, args[0])
				if err != nil {
					return err
				}
				list, err := a.Boards.Newer(ctx, l, all)
				if err != nil {
					return err
				}
				var identifiers []string
				for _, n := range list {
					identifiers = append(identifiers, n.Identifier)
				}
				labels, err := a.Boards.Labels(ctx, identifiers)
				if err != nil {
					return err
				}
				for _, n := range list {
					named := labels[n.Identifier]
					s.printf("%s\n  %s approved %s, newest %s\n", n.Title, n.Identifier, pinLabel(approval.WorkOf(n.Entry.Work), named), named.Of(n.Revision))
					r, err := a.Repository.ByIdentifier(ctx, n.Identifier)
					if err != nil || !r.Own() {
						continue
					}
					changed, err := a.Repository.WhatChanged(ctx, r, n.Entry.Revision)
					if err != nil {
						return err
					}
					for _, line := range changed.Lines() {
						s.printf("  %s\n", line.Text)
					}
				}
				return nil
			})
		},
	}
	c.Flags().BoolVar(&all, "held", false, "also those that are held")
	return c
}

func newListJudge(s *session) *cobra.Command {
	var by, note string
	var hold bool
	c := &cobra.Command{
		Use: "accept LIST RESOURCE", Short: "Accept, or with --hold keep waiting, the newest revision of an entry", Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			ctx := c.Context()
			return s.onList(ctx, args[0], by, func(a *app.App, l *approval.List, who approval.Actor) error {
				r, err := a.Repository.Find(ctx, args[1])
				if err != nil {
					return err
				}
				return a.Boards.Judge(ctx, l.Slug, r.Identifier, r.Revision, !hold, who, note)
			})
		},
	}
	c.Flags().StringVar(&by, "by", "", "account that chairs the board")
	c.Flags().StringVar(&note, "note", "", "why")
	c.Flags().BoolVar(&hold, "hold", false, "keep the approved revision")
	return c
}

func newListWithdraw(s *session) *cobra.Command {
	var by, note string
	c := &cobra.Command{
		Use: "withdraw LIST RESOURCE", Short: "End the approval of an entry", Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			ctx := c.Context()
			return s.onList(ctx, args[0], by, func(a *app.App, l *approval.List, who approval.Actor) error {
				r, err := a.Repository.Find(ctx, args[1])
				if err != nil {
					return err
				}
				_, err = a.Boards.Step(ctx, l.Slug, who, func(*approval.List) ([]approval.Event, error) {
					return []approval.Event{{Kind: approval.Withdrawn, Resource: r.Identifier, Note: note}}, nil
				})
				return err
			})
		},
	}
	c.Flags().StringVar(&by, "by", "", "account that chairs the board")
	c.Flags().StringVar(&note, "note", "", "why")
	return c
}

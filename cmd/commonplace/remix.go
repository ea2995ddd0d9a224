package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository"
)

func newRemix(s *session) *cobra.Command {
	var owner, slug, title, license, changes string
	c := &cobra.Command{
		Use:   "remix ID",
		Short: "Publish a remix of a resource: its UUID, OAI identifier or address (owner/name)",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if owner == "" {
				return usagef("name the owner of the remix with --owner")
			}
			return s.withApp(c.Context(), func(a *app.App) error {
				if err := ownerExists(c.Context(), a, owner); err != nil {
					return err
				}
				r, err := a.Repository.Find(c.Context(), strings.TrimPrefix(args[0], a.Config.BaseURL+"/r/"))
				if err != nil {
					return err
				}
				m := repository.Remix{
					Source: r.ID, Owner: owner, Slug: slug, Changes: changes,
					Actor: repository.Actor{Name: owner, Display: owner},
				}
				if account, err := a.Accounts.Account(c.Context(), owner); err == nil {
					m.Actor.Display = account.Display
				}
				if title != "" {
					m.Title = &title
				}
				if license != "" {
					reading := licensing.Normalize(license)
					if !reading.Cleared() {
						return usagef("%q is not understood as a license; use one such as CC BY 4.0", license)
					}
					m.License = reading.ID
				}
				o, err := a.Repository.Remix(c.Context(), m)
				if err != nil {
					return err
				}
				if s.json {
					err = s.printJSON(published{Path: o.Resource.Address.String(), ID: string(o.Resource.ID), Revision: o.Resource.Revision,
						URL: a.Repository.URL(o.Resource.Address), State: "created"})
				} else {
					s.printf("%s (%s)\n", a.Repository.URL(o.Resource.Address), o.Resource.License)
				}
				return errors.Join(err, a.CatchUp(c.Context()))
			})
		},
	}
	f := c.Flags()
	f.StringVar(&owner, "owner", "", "person or team that remixes")
	f.StringVar(&slug, "slug", "", "last part of the address (default: made from the title)")
	f.StringVar(&title, "title", "", "title of the remix (default: the source's)")
	f.StringVar(&license, "license", "", "license of the remix (default: the best that is allowed)")
	f.StringVar(&changes, "changes", "", "what is changed, in a few words")
	return c
}

package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/app"
)

func newWithdraw(s *session) *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use:   "withdraw ADDRESS",
		Short: "Take a resource (owner/name) out of the catalog; harvesters learn of it, remixes stay",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				r, err := a.Repository.Find(c.Context(), args[0])
				if err != nil {
					return err
				}
				err = a.Repository.Withdraw(c.Context(), r.Address, reason)
				return errors.Join(err, a.CatchUp(c.Context()))
			})
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "why, for the record")
	return c
}

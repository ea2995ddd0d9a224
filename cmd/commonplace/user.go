package main

import (
	"errors"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/app"
)

func newUser(s *session) *cobra.Command {
	c := &cobra.Command{Use: "user", Short: "Manage the people who may write"}
	var display, role string
	var fromStdin bool
	add := &cobra.Command{
		Use:   "add NAME",
		Short: "Add a person; without a password they can only use tokens",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			password := ""
			if fromStdin {
				b, err := io.ReadAll(io.LimitReader(s.input(), 4096))
				if err != nil {
					return err
				}
				if password = strings.TrimRight(string(b), "\r\n"); password == "" {
					return usagef("--password-stdin: standard input is empty")
				}
			}
			return s.withApp(c.Context(), func(a *app.App) error {
				account, err := a.Accounts.Add(c.Context(), args[0], display, accounts.Role(role), password)
				if err != nil {
					return err
				}
				if s.json {
					return s.printJSON(account)
				}
				s.printf("added %s (%s)\n", account.Name, account.Role)
				return nil
			})
		},
	}
	add.Flags().StringVar(&display, "display", "", "name as credits show it")
	add.Flags().StringVar(&role, "role", string(accounts.Author), "author or admin")
	add.Flags().BoolVar(&fromStdin, "password-stdin", false, "read the password from standard input")
	c.AddCommand(add)
	return c
}

func newTeam(s *session) *cobra.Command {
	c := &cobra.Command{Use: "team", Short: "Manage teams, which own resources together"}
	var title string
	add := &cobra.Command{
		Use:   "add NAME",
		Short: "Add a team",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				return a.Accounts.AddTeam(c.Context(), args[0], title)
			})
		},
	}
	add.Flags().StringVar(&title, "title", "", "name as pages show it")
	join := &cobra.Command{
		Use:   "join TEAM NAME…",
		Short: "Let people write for a team",
		Args:  cobra.MinimumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				var failed []error
				for _, name := range args[1:] {
					failed = append(failed, a.Accounts.AddMember(c.Context(), args[0], name))
				}
				return errors.Join(failed...)
			})
		},
	}
	c.AddCommand(add, join)
	return c
}

func newToken(s *session) *cobra.Command {
	c := &cobra.Command{Use: "token", Short: "Manage secrets for programs and for git"}
	var scopes []string
	var label string
	var life time.Duration
	create := &cobra.Command{
		Use:   "create NAME",
		Short: "Create a token for a person and print it, this once",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				want := make([]accounts.Scope, len(scopes))
				for i, scope := range scopes {
					want[i] = accounts.Scope(scope)
				}
				secret, token, err := a.Accounts.CreateToken(c.Context(), args[0], label, want, life)
				if err != nil {
					return err
				}
				if s.json {
					return s.printJSON(map[string]any{"token": secret, "id": token.ID, "scopes": token.Scopes})
				}
				s.printf("%s\n", secret)
				return nil
			})
		},
	}
	create.Flags().StringSliceVar(&scopes, "scope", nil, "what it is for: read, write, manage (default read,write)")
	create.Flags().StringVar(&label, "label", "command line", "what to call it")
	create.Flags().DurationVar(&life, "expires", 0, "how long it is valid, such as 720h (default: until revoked)")
	c.AddCommand(create)
	return c
}

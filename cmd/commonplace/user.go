package main

import (
	"context"
	"errors"
	"fmt"
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
				var err error
				if password, err = s.password(); err != nil {
					return err
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
	add.Flags().StringVar(&role, "role", string(accounts.Author), "author, moderator or admin")
	add.Flags().BoolVar(&fromStdin, "password-stdin", false, "read the password from standard input")
	c.AddCommand(add, newUserPassword(s), newUserRole(s), newUserDisable(s))
	return c
}

// password reads a password from standard input.
func (s *session) password() (string, error) {
	b, err := io.ReadAll(io.LimitReader(s.input(), 4096))
	if err != nil {
		return "", err
	}
	password := strings.TrimRight(string(b), "\r\n")
	if password == "" {
		return "", usagef("--password-stdin: standard input is empty")
	}
	return password, nil
}

func newUserPassword(s *session) *cobra.Command {
	var fromStdin bool
	c := &cobra.Command{
		Use:   "password NAME --password-stdin",
		Short: "Give a person a new password and end their sessions",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if !fromStdin { // on the command line everybody on the machine would see it
				return usagef("send the password to standard input and say --password-stdin")
			}
			password, err := s.password()
			if err != nil {
				return err
			}
			return s.withApp(c.Context(), func(a *app.App) error {
				return a.Accounts.SetPassword(c.Context(), args[0], password)
			})
		},
	}
	c.Flags().BoolVar(&fromStdin, "password-stdin", false, "read the password from standard input")
	return c
}

func newUserDisable(s *session) *cobra.Command {
	return &cobra.Command{
		Use:   "disable NAME",
		Short: "End a person's sessions, revoke their tokens and take their password away; what they published stays",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				return a.Accounts.Disable(c.Context(), args[0])
			})
		},
	}
}

func newUserRole(s *session) *cobra.Command {
	return &cobra.Command{
		Use:   "role NAME ROLE",
		Short: "Change what a person may do on the whole site: author, moderator or admin",
		Args:  cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				return a.Accounts.SetRole(c.Context(), args[0], accounts.Role(args[1]))
			})
		},
	}
}

func newTeam(s *session) *cobra.Command {
	c := &cobra.Command{Use: "team", Short: "Manage teams, which own resources together, and adoption boards"}
	var title, role string
	var board bool
	add := &cobra.Command{
		Use:   "add NAME",
		Short: "Add a team",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				if board {
					return a.Accounts.AddBoard(c.Context(), args[0], title)
				}
				return a.Accounts.AddTeam(c.Context(), args[0], title)
			})
		},
	}
	add.Flags().StringVar(&title, "title", "", "name as pages show it")
	add.Flags().BoolVar(&board, "board", false, "an adoption board, with reviewers and chairs")
	join := &cobra.Command{
		Use:   "join TEAM NAME…",
		Short: "Put people into a team or on a board, or change their role there",
		Args:  cobra.MinimumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				var failed []error
				for _, name := range args[1:] {
					if role == "" {
						failed = append(failed, a.Accounts.AddMember(c.Context(), args[0], name))
						continue
					}
					failed = append(failed, a.Accounts.SetMember(c.Context(), args[0], name, accounts.MemberRole(role)))
				}
				return errors.Join(failed...)
			})
		},
	}
	join.Flags().StringVar(&role, "role", "", "in a team member or maintainer, on a board reviewer or chair (default: the first)")
	leave := &cobra.Command{
		Use:   "leave TEAM NAME…",
		Short: "Take people out of a team or board",
		Args:  cobra.MinimumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				var failed []error
				for _, name := range args[1:] {
					failed = append(failed, a.Accounts.RemoveMember(c.Context(), args[0], name))
				}
				return errors.Join(failed...)
			})
		},
	}
	list := &cobra.Command{
		Use:   "list [TEAM]",
		Short: "List teams and boards, or who is in one",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				if len(args) == 0 {
					return s.listTeams(c.Context(), a)
				}
				return s.listMembers(c.Context(), a, args[0])
			})
		},
	}
	c.AddCommand(add, join, leave, list)
	return c
}

func (s *session) listTeams(ctx context.Context, a *app.App) error {
	teams, err := a.Accounts.Teams(ctx)
	if err != nil {
		return err
	}
	for _, o := range teams {
		if s.json {
			if err := s.printJSON(o); err != nil {
				return err
			}
			continue
		}
		s.printf("%-5s  %s  %s\n", o.Kind, o.Name, o.Title)
	}
	return nil
}

func (s *session) listMembers(ctx context.Context, a *app.App, team string) error {
	if _, err := a.Accounts.Owner(ctx, team); err != nil {
		return err
	}
	members, err := a.Accounts.Members(ctx, team)
	if err != nil {
		return err
	}
	for _, m := range members {
		if s.json {
			if err := s.printJSON(m); err != nil {
				return err
			}
			continue
		}
		s.printf("%-10s  %s  %s\n", m.Role, m.Account, m.Display)
	}
	return nil
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
	create.Flags().StringSliceVar(&scopes, "scope", nil, "what it is for: read, write, review, manage (default read,write)")
	create.Flags().StringVar(&label, "label", "command line", "what to call it")
	create.Flags().DurationVar(&life, "expires", 0, "how long it is valid, such as 720h (default: until revoked)")
	c.AddCommand(create, newTokenList(s), newTokenRevoke(s))
	return c
}

func newTokenList(s *session) *cobra.Command {
	return &cobra.Command{
		Use:   "list NAME",
		Short: "List a person's tokens, newest first",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				if _, err := a.Accounts.Account(c.Context(), args[0]); err != nil {
					return fmt.Errorf("list tokens of %s: %w", args[0], err)
				}
				tokens, err := a.Accounts.Tokens(c.Context(), args[0])
				if err != nil {
					return err
				}
				for _, t := range tokens {
					if s.json {
						if err := s.printJSON(t); err != nil {
							return err
						}
						continue
					}
					expires := "until revoked"
					if !t.Expires.IsZero() {
						expires = "until " + t.Expires.Format(time.RFC3339)
					}
					s.printf("%s  %s  %s  %v  %q\n", t.ID, t.Created.Format(time.RFC3339), expires, t.Scopes, t.Name)
				}
				return nil
			})
		},
	}
}

func newTokenRevoke(s *session) *cobra.Command {
	return &cobra.Command{
		Use:   "revoke NAME ID",
		Short: "Revoke a person's token; token list shows the IDs",
		Args:  cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				return a.Accounts.RevokeToken(c.Context(), args[0], args[1])
			})
		},
	}
}

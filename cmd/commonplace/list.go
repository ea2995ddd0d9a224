package main

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/approval"
)

// newList is about boards' approved lists.
func newList(s *session) *cobra.Command {
	c := &cobra.Command{Use: "list", Short: "Boards' approved lists: show, create, decide, export, verify", Args: cobra.NoArgs}
	c.AddCommand(newListShow(s), newListCreate(s), newListAdopt(s), newListAdd(s), newListNewer(s), newListJudge(s), newListWithdraw(s),
		newListSync(s), newListExport(s), newListLog(s), newListVerify(s))
	return c
}

// chairOf is the account in whose name a board's list is changed; it must chair the board.
func chairOf(ctx context.Context, a *app.App, board, name string) (approval.Actor, error) {
	if name == "" {
		return approval.Actor{}, usagef("say who decides: --by NAME, of somebody who chairs the board")
	}
	account, err := a.Accounts.Account(ctx, name)
	if err != nil {
		return approval.Actor{}, err
	}
	if err := a.Accounts.May(ctx, accounts.Signed(account), accounts.Chair, accounts.OnOwner(board)); err != nil {
		return approval.Actor{}, err
	}
	return approval.Actor{Name: account.Name, Display: cmp.Or(account.Display, account.Name), Chair: true}, nil
}

// onList runs f with a list and somebody who chairs its board.
func (s *session) onList(ctx context.Context, slug, by string, f func(*app.App, *approval.List, approval.Actor) error) error {
	return s.withApp(ctx, func(a *app.App) error {
		l, err := a.Boards.List(ctx, slug)
		if err != nil {
			return err
		}
		who, err := chairOf(ctx, a, l.Board, by)
		if err != nil {
			return err
		}
		return f(a, l, who)
	})
}

func newListShow(s *session) *cobra.Command {
	return &cobra.Command{
		Use: "show [LIST]", Short: "Show all lists, or the entries of one", Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			ctx := c.Context()
			return s.withApp(ctx, func(a *app.App) error {
				if len(args) == 1 {
					return s.showList(ctx, a, args[0])
				}
				x, err := a.Boards.Index(ctx)
				if err != nil {
					return err
				}
				if s.json {
					return s.printJSON(x)
				}
				for _, l := range x.Lists {
					s.printf("%-24s %6d entries  version %-5d %s\n", l.Slug, l.Entries, l.Version, l.Title)
				}
				return nil
			})
		},
	}
}

func (s *session) showList(ctx context.Context, a *app.App, slug string) error {
	signed, err := a.Boards.Signed(ctx, slug)
	if err != nil {
		return err
	}
	if s.json {
		return s.printJSON(signed.File)
	}
	pinned := map[string]string{}
	for _, it := range signed.File.Items {
		pinned[it.Item.Identifier] = it.Item.Revision
	}
	newer, err := a.Boards.Newest(ctx, pinned)
	if err != nil {
		return err
	}
	labels, err := a.Boards.Labels(ctx, slices.Collect(maps.Keys(pinned)))
	if err != nil {
		return err
	}
	for _, it := range signed.File.Items {
		note, named := "", labels[it.Item.Identifier]
		if n := newer[it.Item.Identifier]; n != "" {
			note = "; " + named.Of(n) + " is newer, not reviewed"
		}
		s.printf("%-12s %-12s  %s%s\n", it.Approval.At(time.Now()), pinLabel(it.Item, named), it.Item.Name, note)
	}
	return nil
}

// pinLabel is what an entry's revision is called: its release, the release that its list names, or the digits that it begins with.
func pinLabel(w approval.FileWork, named repository.Labels) string {
	if _, err := strconv.Atoi(w.Version); err != nil && w.Version != "" && named[w.Revision] == "" {
		return w.Version // of another server; a bare number counts revisions
	}
	return named.Of(w.Revision)
}

func newListCreate(s *session) *cobra.Command {
	var by string
	var about approval.About
	c := &cobra.Command{
		Use: "create BOARD LIST", Short: "Begin an empty list of a board", Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			ctx := c.Context()
			return s.withApp(ctx, func(a *app.App) error {
				who, owner, err := s.boardAndChair(ctx, a, args[0], by)
				if err != nil {
					return err
				}
				about.Board, about.BoardTitle, about.Slug = owner.Name, owner.Title, args[1]
				about.Title = cmp.Or(about.Title, args[1])
				_, err = a.Boards.CreateList(ctx, about, who)
				return err
			})
		},
	}
	c.Flags().StringVar(&by, "by", "", "account that chairs the board")
	c.Flags().StringVar(&about.Title, "title", "", "title of the list")
	c.Flags().StringVar(&about.Description, "description", "", "what the list is for")
	c.Flags().StringVar(&about.Language, "language", "en", "language of title and description")
	return c
}

func (s *session) boardAndChair(ctx context.Context, a *app.App, board, by string) (approval.Actor, accounts.Owner, error) {
	owner, err := a.Accounts.Owner(ctx, board)
	if err == nil && owner.Kind != accounts.Board {
		err = usagef("%s is no board", board)
	}
	if err != nil {
		return approval.Actor{}, owner, err
	}
	who, err := chairOf(ctx, a, board, by)
	return who, owner, err
}

func newListAdopt(s *session) *cobra.Command {
	var by, title string
	c := &cobra.Command{
		Use: "adopt BOARD LIST URL", Short: "Begin a list that follows another server's", Args: cobra.ExactArgs(3),
		RunE: func(c *cobra.Command, args []string) error {
			ctx := c.Context()
			return s.withApp(ctx, func(a *app.App) error {
				who, owner, err := s.boardAndChair(ctx, a, args[0], by)
				if err != nil {
					return err
				}
				about := approval.About{Slug: args[1], Board: owner.Name, BoardTitle: owner.Title, Title: title, Language: "en"}
				l, err := a.Boards.Adopt(ctx, about, args[2], who)
				if err == nil {
					s.printf("%s follows %s (%d entries), signed with %s\n", l.Slug, l.Follows.URL, l.Follows.Entries, l.Follows.Key)
				}
				return err
			})
		},
	}
	c.Flags().StringVar(&by, "by", "", "account that chairs the board")
	c.Flags().StringVar(&title, "title", "", "title of the list (default: that of the list that it follows)")
	return c
}

func newListAdd(s *session) *cobra.Command {
	var by, expires, conditions, note string
	c := &cobra.Command{
		Use: "add LIST RESOURCE", Short: "Put the newest revision of a resource on a list, decided about elsewhere", Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			ctx := c.Context()
			o := approval.Outcome{Result: approval.Approve, Conditions: conditions, Note: note}
			if conditions != "" {
				o.Result = approval.Conditions
			}
			if expires != "" {
				var err error
				if o.Expires, err = time.Parse(time.DateOnly, expires); err != nil {
					return usagef("--expires %s: write the day as 2027-06-30", expires)
				}
			}
			return s.onList(ctx, args[0], by, func(a *app.App, l *approval.List, who approval.Actor) error {
				r, err := a.Repository.Find(ctx, args[1])
				if err != nil {
					return err
				}
				return a.Boards.Add(ctx, l.Slug, r, who, o)
			})
		},
	}
	c.Flags().StringVar(&by, "by", "", "account that chairs the board")
	c.Flags().StringVar(&note, "note", "", "where the decision is recorded")
	c.Flags().StringVar(&conditions, "conditions", "", "what has to happen")
	c.Flags().StringVar(&expires, "expires", "", "last day of the approval, as 2027-06-30")
	return c
}

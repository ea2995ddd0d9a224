package main

import (
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/repository"
)

func newSuggest(s *session) *cobra.Command {
	var file, as, message string
	c := &cobra.Command{
		Use:   "suggest ID",
		Short: "Offer a change to the owner of a resource, here or at the server where it lives",
		Long: "Offer a change to the owner of a resource, here or at the server where it lives.\n" +
			"ID is the UUID, OAI identifier or address of a remix, whose text is offered to its source; with --file, of the\n" +
			"resource itself, whose index.md the file is to replace.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			var text []byte
			if file != "" {
				var err error
				if text, err = readWhole(s.path(file), maxText); err != nil {
					return err
				}
			}
			return s.withApp(c.Context(), func(a *app.App) error {
				r, err := a.Repository.Find(c.Context(), args[0])
				if err != nil {
					return err
				}
				suggestion := app.Suggestion{To: r, Text: text, Message: message, Actor: repository.Actor{Name: as, Display: as}}
				if file == "" {
					suggestion.From = &r
					if suggestion.To, _, err = a.Repository.Upstream(c.Context(), r); err != nil || !r.Own() {
						return usagef("%s is no remix of something that is known here; name the changed index.md with --file", args[0])
					}
				}
				if account, err := a.Accounts.Account(c.Context(), as); err == nil {
					suggestion.Actor.Display = account.Display
				}
				where, state, err := a.Suggest(c.Context(), suggestion)
				if err != nil {
					return err
				}
				if s.json {
					return s.printJSON(map[string]string{"to": suggestion.To.Identifier, "url": where, "state": state})
				}
				switch state {
				case "":
					s.printf("kept: its home cannot be reached now; it is sent as soon as that can be\n")
				case "held":
					s.printf("sent: it waits for an administrator there, who does not know this server yet\n")
				default:
					s.printf("sent: %s\n", where)
				}
				return nil
			})
		},
	}
	c.Flags().StringVar(&file, "file", "", "the changed index.md")
	c.Flags().StringVar(&as, "as", "operator", "account whose suggestion it is")
	c.Flags().StringVarP(&message, "message", "m", "", "why, for the owner")
	return c
}

// maxText bounds an index.md.
const maxText = 4 << 20

// readWhole reads a file within a bound.
func readWhole(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, usageError{err}
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = usagef("%s has more than %d bytes", name, limit)
	}
	return b, err
}

package main

import (
	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/app"
)

func newExport(s *session) *cobra.Command {
	c := &cobra.Command{Use: "export", Short: "Take everything out"}
	c.AddCommand(newExportSite(s))
	return c
}

func newExportSite(s *session) *cobra.Command {
	var address string
	var languages []string
	c := &cobra.Command{
		Use:   "site FOLDER",
		Short: "Write the whole catalog as plain files, with search, for any file server",
		Long: "Write the whole catalog as plain files: pages, pictures, downloads, a search that a small script does, and each\n" +
			"repository as git clones it. Doing it again in the same folder writes what has changed and removes what is gone.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				bar := s.progress("writing", 0)
				done, err := a.ExportSite(c.Context(), s.path(args[0]), address, languages, bar.set)
				bar.end()
				if err != nil {
					return err
				}
				if s.json {
					return s.printJSON(done)
				}
				s.printf("%s, %d repositories for git, %s in all: %d written, %d removed\n", count(done.Pages, "page"), done.Repositories,
					count(done.Files, "file"), done.Written, done.Removed)
				for _, m := range done.Missing {
					s.printf("not written: %s\n", m)
				}
				return nil
			})
		},
	}
	c.Flags().StringVar(&address, "mirror-url", "", "where the files will be served: for canonical links, git clone and the sitemap")
	c.Flags().StringSliceVar(&languages, "language", []string{"en", "es"}, "languages of the pages; the first is at the top")
	return c
}

package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/app"
)

func newMigrateDatabase(s *session) *cobra.Command {
	return &cobra.Command{
		Use:   "migrate-database FROM TO",
		Short: "Copy the catalog, accounts and peers into another database, such as from SQLite to PostgreSQL",
		Long: "Copy the catalog, accounts and peers from one database into a new one: sqlite://FILE or postgres://USER@HOST/NAME, either\n" +
			"way. Stop every server first. All tables are compared, row by row, before it says that they are there. Broken off, it goes\n" +
			"on when it is started again. Then start the servers with --database TO.",
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			for _, address := range args {
				if !strings.HasPrefix(address, "sqlite://") && !strings.HasPrefix(address, "postgres://") && !strings.HasPrefix(address, "postgresql://") {
					return usagef("a database is sqlite://FILE or postgres://USER@HOST/NAME")
				}
			}
			for i, address := range args {
				if file, ok := strings.CutPrefix(address, "sqlite://"); ok {
					args[i] = "sqlite://" + s.path(file)
				}
			}
			bar := s.progress("copying", 0)
			var before string
			var done, table int64
			tables, err := app.MigrateDatabase(c.Context(), args[0], args[1], func(name string, rows int64) {
				if name != before {
					done, before, table = done+table, name, 0
				}
				table = rows
				bar.set(int(done+table), 0)
			})
			bar.end()
			if err != nil {
				return err
			}
			if s.json {
				return s.printJSON(tables)
			}
			for _, t := range tables {
				s.printf("%-16s %9d rows  sha256 %s\n", t.Table, t.Rows, t.SHA256)
			}
			s.printf("%s are the same in both databases\n", count(len(tables), "table"))
			return nil
		},
	}
}

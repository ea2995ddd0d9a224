package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/repository/standards"
)

// maxListed bounds how many statements, of each kind of change, are printed for people.
const maxListed = 50

func newStandardsImport(s *session) *cobra.Command {
	var about standards.About
	var all bool
	c := &cobra.Command{
		Use:   "import FILE…|URL",
		Short: "Import a framework",
		Long: `Import a framework from a file, plain or gzip, or from an address. It may be a CASE 1.0 or 1.1 package, ASN JSON, JSON lines
of the Learning Commons Knowledge Graph (several files together), or CSV with the columns code and statement, and perhaps
parent, grade, identifier, uri, type, label, language and notes.

The address may be that of a file, of a CASE package or document, or of a whole CASE server: then its only framework is
imported, or all with --all, or the list of them is printed.

A new edition does not replace the old one, which stays as NAME@EDITION. What was added, removed and changed is printed.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			remote := strings.HasPrefix(args[0], "http://") || strings.HasPrefix(args[0], "https://")
			switch {
			case remote && len(args) > 1:
				return usagef("give one address at a time")
			case all && (!remote || about.Name != ""):
				return usagef("--all takes the address of a CASE server, and makes the names from the titles")
			case about.Name == "" && !all:
				about.Name = frameworkName(args[0])
			}
			return s.withApp(c.Context(), func(a *app.App) error {
				if remote {
					return s.importRemote(c.Context(), a, about, args[0], all, c.Flags().Changed("name"))
				}
				return s.importFiles(c.Context(), a, about, args)
			})
		},
	}
	c.Flags().StringVar(&about.Name, "name", "", "short name, such as ccss-math (default: from the name of the file, or the title)")
	c.Flags().BoolVar(&all, "all", false, "import every framework of a CASE server")
	c.Flags().StringVar(&about.Title, "title", "", "title, where the file has none (CSV, ASN)")
	c.Flags().StringVar(&about.Creator, "creator", "", "who made the standards, where the file does not say")
	c.Flags().StringVar(&about.Version, "edition", "", "version, where the file does not say")
	c.Flags().StringVar(&about.Language, "language", "", "language of the standards (BCP 47), where the file does not say")
	c.Flags().StringVar(&about.License, "license", "", "license of the standards, title or address, where the file does not say")
	c.Flags().StringVar(&about.Jurisdiction, "jurisdiction", "", "which of several in a Knowledge Graph file")
	return c
}

// frameworkName makes a short name from a file's or an address's.
func frameworkName(from string) string {
	name := filepath.Base(from)
	if u, err := url.Parse(from); err == nil && u.Host != "" {
		name = path.Base(u.Path)
	}
	for _, ending := range []string{".gz", ".json", ".jsonl", ".csv", ".case"} {
		name = strings.TrimSuffix(name, ending)
	}
	return name
}

func (s *session) importFiles(ctx context.Context, a *app.App, about standards.About, names []string) error {
	var in []io.Reader
	for _, name := range names {
		f, err := os.Open(s.path(name))
		if err != nil {
			return usageError{err}
		}
		defer f.Close()
		in = append(in, f)
	}
	done, err := a.ImportFramework(ctx, about, in...)
	if err != nil {
		return fmt.Errorf("%s: %w", strings.Join(names, ", "), err)
	}
	return s.printImport(done)
}

func (s *session) importRemote(ctx context.Context, a *app.App, about standards.About, address string, all, named bool) error {
	body, found, err := a.FetchFramework(ctx, address)
	if err != nil {
		return err
	}
	if byGUID := strings.Contains(address, "/CFPackages/") || strings.Contains(address, "/CFDocuments/"); byGUID && !named && found == nil {
		if f, err := standards.ReadCASE(bytes.NewReader(body), ""); err == nil {
			about.Name = app.CASEDocument{Title: f.Title}.Short() // the address ends in a GUID
		}
	}
	if found == nil {
		return s.importBytes(ctx, a, about, address, body)
	}
	if len(found) > 1 && !all {
		for _, d := range found {
			if s.json {
				if err := s.printJSON(d); err != nil {
					return err
				}
				continue
			}
			s.printf("%s  %s %s\n", d.URL, d.Title, d.Version)
		}
		return usagef("%s offers %d frameworks: import one of these addresses, or add --all", address, len(found))
	}
	used := map[string]bool{}
	for _, d := range found {
		if body, _, err = a.FetchFramework(ctx, d.URL); err != nil {
			return err
		}
		one := about
		if !named {
			one.Name = d.Short()
			for n := 2; used[one.Name]; n++ {
				one.Name = fmt.Sprintf("%s-%d", d.Short(), n)
			}
			used[one.Name] = true
		}
		if err := s.importBytes(ctx, a, one, d.URL, body); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) importBytes(ctx context.Context, a *app.App, about standards.About, address string, body []byte) error {
	done, err := a.ImportFramework(ctx, about, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%s: %w", address, err)
	}
	return s.printImport(done)
}

func (s *session) printImport(done app.FrameworkImport) error {
	if s.json {
		return s.printJSON(done)
	}
	state := "imported"
	if !done.Imported {
		state = "unchanged"
	}
	s.printf("%s %s: %s, %d statements\n", state, done.Name, done.Title, len(done.Statements))
	for _, p := range done.Problems {
		s.printf("  %s\n", strings.TrimSpace(p.Subject+" "+p.Message))
	}
	for _, shared := range done.Shared {
		s.printf("  %d statements have the identifiers of %s: the two are one to search and alignments; import a new edition under that name\n", shared.Statements, shared.Framework)
	}
	if done.Changes == nil {
		return nil
	}
	if done.Superseded {
		s.printf("%s stays the newest edition\n", done.Compared)
	} else {
		s.printf("the edition until now is kept as %s\n", done.Compared)
	}
	c := done.Changes
	s.printf("%d added, %d removed, %d changed\n", len(c.Added), len(c.Removed), len(c.Changed))
	printSome(s, c.Added, func(a standards.Statement) { s.printf("  + %s  %s\n", a.Code, a.Text) })
	printSome(s, c.Removed, func(r standards.Removal) {
		s.printf("  - %s  %s\n", r.Code, r.Text)
		for _, key := range r.Successors {
			s.printf("      replaced by %s\n", s.named(done.Framework, key))
		}
	})
	printSome(s, c.Changed, func(ch standards.Change) {
		s.printf("  ~ %s  %s (%s)\n", ch.After.Code, ch.After.Text, strings.Join(ch.Fields, ", "))
	})
	return nil
}

// named is the code of a statement of the framework, else the key.
func (s *session) named(f *standards.Framework, key string) string {
	for i := range f.Statements {
		if f.Statements[i].Key == key && f.Statements[i].Code != "" {
			return f.Statements[i].Code
		}
	}
	return key
}

func printSome[T any](s *session, all []T, one func(T)) {
	for i, v := range all {
		if i == maxListed {
			s.printf("    and %d more; --json lists them all\n", len(all)-i)
			return
		}
		one(v)
	}
}

func newStandardsList(s *session) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the imported frameworks with their editions",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return s.withApp(c.Context(), func(a *app.App) error { return s.listFrameworks(a.Standards()) })
		},
	}
}

func (s *session) listFrameworks(l *standards.Library) error {
	for _, newest := range l.Frameworks() {
		for _, f := range l.Editions(newest.Name) {
			if s.json {
				if err := s.printJSON(struct {
					*standards.Framework
					Statements int `json:"statements"`
				}{f, len(f.Statements)}); err != nil {
					return err
				}
				continue
			}
			s.printf("%-24s %6d statements  %s\n", f.Name, len(f.Statements), strings.TrimSpace(f.Title+" "+f.Version))
		}
	}
	return nil
}

func newStandardsExport(s *session) *cobra.Command {
	var to string
	c := &cobra.Command{
		Use:   "export NAME[@EDITION]",
		Short: "Write a framework as its CASE package: byte for byte the one that was imported",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				raw, err := a.ExportFramework(c.Context(), args[0])
				if err != nil {
					return err
				}
				if to != "" {
					return os.WriteFile(s.path(to), raw, 0o644) //nolint:gosec // a file for people, like the one it came from
				}
				_, err = s.out.Write(raw)
				return err
			})
		},
	}
	c.Flags().StringVarP(&to, "output", "o", "", "file to write (default: standard output)")
	return c
}

func newStandardsRemove(s *session) *cobra.Command {
	return &cobra.Command{
		Use:   "remove NAME[@EDITION]",
		Short: "Forget a framework with all its editions, or one edition; alignments stay as they are written",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withApp(c.Context(), func(a *app.App) error {
				if err := a.RemoveFramework(c.Context(), args[0]); err != nil {
					return err
				}
				if s.json {
					return s.printJSON(map[string]string{"removed": args[0]})
				}
				s.printf("removed %s\n", args[0])
				return nil
			})
		},
	}
}

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing/fstest"
	"time"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

func newPublish(s *session) *cobra.Command {
	var slug, table string
	var o publishing
	c := &cobra.Command{
		Use:   "publish PATH…",
		Short: "Publish folders, Markdown files or a table of them; each is published whole or not at all",
		Long: "Publish folders with an index.md, Markdown files, or folders of such folders; with --csv also the rows of a table\n" +
			"(columns path, slug, title, license, creators, …: see docs/releases.md). Each resource is published whole or not at\n" +
			"all. Publishing the same again changes nothing, so that an interrupted run is ended by running it again.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 && table == "" {
				return errors.New("name what is to be published: PATH…, or --csv FILE")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			folders, err := s.folders(args)
			if err != nil {
				return err
			}
			if table != "" {
				rows, err := s.rows(table)
				if err != nil {
					return err
				}
				folders = append(folders, rows...)
			}
			if slug != "" {
				if len(folders) != 1 {
					return usagef("--slug names one resource, and there are %d", len(folders))
				}
				folders[0].slug = slug
			}
			for i := range folders {
				folders[i].owner = cmp.Or(folders[i].owner, o.owner)
				if folders[i].owner == "" {
					return usagef("name the owner with --owner")
				}
			}
			return s.withApp(c.Context(), func(a *app.App) error {
				return s.publish(c.Context(), a, o, folders)
			})
		},
	}
	c.Flags().StringVar(&o.owner, "owner", "", "person or team to publish for")
	c.Flags().StringVar(&slug, "slug", "", "last part of the address (default: the name of the folder)")
	c.Flags().StringVar(&table, "csv", "", "table of metadata with the paths of files, one resource a row")
	c.Flags().StringVar(&o.message, "message", "", "what changed, for the history")
	c.Flags().StringVar(&o.report, "report", "", "file to write a report of the whole to: JSON where it ends in .json, else text")
	c.Flags().BoolVar(&o.dryRun, "dry-run", false, "check everything, write nothing")
	return c
}

// publishing is how to publish.
type publishing struct {
	owner, message, report string
	dryRun                 bool
}

// folder is one resource to be: its files, where they come from, and the last part of its address.
type folder struct {
	owner, slug string
	name        string // as the invoker named it, for messages
	files       fs.FS
	line        int               // of the table that it is a row of
	problems    metadata.Problems // of the row: it cannot be published
}

// folders finds the resources in the paths of the command line.
func (s *session) folders(paths []string) ([]folder, error) {
	var list []folder
	for _, name := range paths {
		full := s.path(name)
		info, err := os.Stat(full)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, usagef("%s does not exist", name)
		}
		if err != nil {
			return nil, err
		}
		base := repository.Slug(strings.TrimSuffix(filepath.Base(full), filepath.Ext(full)))
		if !info.IsDir() {
			f, err := single(full, name)
			if err != nil {
				return nil, err
			}
			list = append(list, folder{slug: base, name: name, files: f})
			continue
		}
		files := os.DirFS(full)
		if _, err := fs.Stat(files, "index.md"); err == nil {
			list = append(list, folder{slug: repository.Slug(filepath.Base(full)), name: name, files: files})
			continue
		}
		below, err := fs.Glob(files, "*/index.md")
		if err != nil {
			return nil, err
		}
		if len(below) == 0 {
			return nil, usagef("%s has no index.md, and none of its folders has; write one that begins with the title, the language, the license and the creators between two lines of ---", name)
		}
		for _, index := range below {
			sub, err := fs.Sub(files, path.Dir(index))
			if err != nil {
				return nil, err
			}
			list = append(list, folder{slug: repository.Slug(path.Dir(index)), name: filepath.Join(name, path.Dir(index)), files: sub})
		}
	}
	return list, nil
}

// single makes a folder of one Markdown file.
func single(full, name string) (fs.FS, error) {
	if ext := filepath.Ext(full); ext != ".md" && ext != ".markdown" {
		return nil, usagef("%s is neither a folder nor a Markdown file", name)
	}
	info, err := os.Stat(full)
	if err != nil {
		return nil, err
	}
	const limit = 1 << 20
	if info.Size() > limit {
		return nil, usagef("%s has %d bytes; a text may have %d", name, info.Size(), limit)
	}
	data, err := os.ReadFile(full)
	if err != nil {
		return nil, err
	}
	return fstest.MapFS{"index.md": {Data: data, Mode: 0o644}}, nil
}

// published is one line of --json output.
type published struct {
	Path     string            `json:"path"`
	ID       string            `json:"id,omitempty"`
	URL      string            `json:"url,omitempty"`
	Revision string            `json:"revision,omitempty"`
	State    string            `json:"state"` // created, revised, unchanged, checked, refused
	Problems metadata.Problems `json:"problems,omitempty"`
	Error    string            `json:"error,omitempty"`
}

// ownerExists refuses a namespace that nobody has: a typing error makes none.
func ownerExists(ctx context.Context, a *app.App, owner string) error {
	_, err := a.Accounts.Owner(ctx, owner)
	if errors.Is(err, kind.ErrNotFound) {
		return usagef("there is no owner %s; add one with commonplace user add %s, or team add %s", owner, owner, owner)
	}
	return err
}

func (s *session) publish(ctx context.Context, a *app.App, o publishing, folders []folder) error {
	owners := map[string]bool{}
	for _, f := range folders {
		if !owners[f.owner] {
			if err := ownerExists(ctx, a, f.owner); err != nil {
				return err
			}
			owners[f.owner] = true
		}
	}
	whole := bulkReport{Started: time.Now().UTC(), DryRun: o.dryRun, Total: len(folders), Resources: make([]*published, len(folders))}
	var list []repository.Publication
	var places []int // in folders
	bar := s.progress("publishing", len(folders))
	invalid := false
	settle := func(i int, out repository.Outcome, err error) {
		bar.step()
		invalid = invalid || errors.Is(err, kind.ErrInvalid)
		whole.Resources[i] = s.report(a, folders[i], out, err, o.dryRun)
	}
	for i, f := range folders {
		if f.problems != nil {
			settle(i, repository.Outcome{}, &repository.InvalidError{Problems: f.problems})
			continue
		}
		places = append(places, i)
		list = append(list, repository.Publication{
			Owner: f.owner, Slug: f.slug, Files: f.files, Message: o.message, DryRun: o.dryRun,
			Actor: repository.Actor{Name: "operator", Display: "operator"},
		})
	}
	_, err := a.Repository.PublishAll(ctx, list, func(i int, out repository.Outcome, err error) { settle(places[i], out, err) })
	bar.end()
	whole.end(folders)
	if o.report != "" {
		err = errors.Join(err, whole.write(s.path(o.report)))
	}
	if len(folders) > 1 && !s.json {
		s.printf("%s\n", whole.summary())
	}
	if err := errors.Join(err, a.CatchUp(context.WithoutCancel(ctx))); err != nil {
		return err
	}
	if refused := whole.States["refused"]; refused > 0 {
		err = fmt.Errorf("%d of %d not published", refused, len(folders))
		if invalid {
			return usageError{err}
		}
	}
	return err
}

// report says what became of one folder.
func (s *session) report(a *app.App, f folder, o repository.Outcome, err error, dryRun bool) *published {
	line := published{Path: f.name, State: "revised", URL: a.Repository.URL(o.Resource.Address), ID: string(o.Resource.ID), Revision: o.Resource.Revision}
	problems := o.Problems
	switch {
	case err != nil:
		line = published{Path: f.name, State: "refused", Error: err.Error()}
		if refused, ok := errors.AsType[*repository.InvalidError](err); ok {
			problems, line.Error = refused.Problems, ""
		}
	case dryRun:
		line.State = "checked"
	case o.Created:
		line.State = "created"
	case o.Unchanged:
		line.State = "unchanged"
	}
	for _, p := range problems {
		if f.problems == nil {
			p.File = f.place(p.File)
		}
		line.Problems = append(line.Problems, p)
	}
	if s.json {
		if err := s.printJSON(line); err != nil {
			fmt.Fprintln(s.err, err)
		}
		return &line
	}
	for _, p := range line.Problems {
		fmt.Fprintln(s.err, p)
	}
	if line.Error != "" {
		fmt.Fprintln(s.err, line.Error)
	}
	if line.URL != "" && !dryRun {
		s.printf("%-9s %s  %s\n", line.State, f.name, line.URL)
	} else {
		s.printf("%-9s %s\n", line.State, f.name)
	}
	return &line
}

// place is a file of the folder as the invoker would name it.
func (f folder) place(file string) string {
	switch {
	case f.line > 0:
		return fmt.Sprintf("%s: %s", f.name, file)
	case strings.HasSuffix(f.name, ".md"):
		return f.name
	}
	return filepath.Join(f.name, file)
}

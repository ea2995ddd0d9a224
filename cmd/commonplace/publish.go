package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing/fstest"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

func newPublish(s *session) *cobra.Command {
	var owner, slug, message string
	var dryRun bool
	c := &cobra.Command{
		Use:   "publish PATH…",
		Short: "Publish folders or Markdown files; each is published whole or not at all",
		Long: "Publish folders with an index.md, Markdown files, or folders of such folders.\n" +
			"Each resource is published whole or not at all. Publishing the same again changes nothing.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if owner == "" {
				return usagef("name the owner with --owner")
			}
			folders, err := s.folders(args)
			if err != nil {
				return err
			}
			if slug != "" {
				if len(folders) != 1 {
					return usagef("--slug names one resource, and there are %d", len(folders))
				}
				folders[0].slug = slug
			}
			return s.withApp(c.Context(), func(a *app.App) error {
				return s.publish(c.Context(), a, owner, message, folders, dryRun)
			})
		},
	}
	c.Flags().StringVar(&owner, "owner", "", "person or team to publish for")
	c.Flags().StringVar(&slug, "slug", "", "last part of the address (default: the name of the folder)")
	c.Flags().StringVar(&message, "message", "", "what changed, for the history")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "check everything, write nothing")
	return c
}

// folder is one resource to be: its files, where they come from, and the last part of its address.
type folder struct {
	slug  string
	name  string // as the invoker named it, for messages
	files fs.FS
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
	Path     string `json:"path"`
	ID       string `json:"id,omitempty"`
	URL      string `json:"url,omitempty"`
	Revision string `json:"revision,omitempty"`
	State    string `json:"state"` // created, revised, unchanged, checked, refused
	Problems any    `json:"problems,omitempty"`
	Error    string `json:"error,omitempty"`
}

// ownerExists refuses a namespace that nobody has: a typing error makes none.
func ownerExists(ctx context.Context, a *app.App, owner string) error {
	_, err := a.Accounts.Owner(ctx, owner)
	if errors.Is(err, kind.ErrNotFound) {
		return usagef("there is no owner %s; add one with commonplace user add %s, or team add %s", owner, owner, owner)
	}
	return err
}

func (s *session) publish(ctx context.Context, a *app.App, owner, message string, folders []folder, dryRun bool) error {
	if err := ownerExists(ctx, a, owner); err != nil {
		return err
	}
	list := make([]repository.Publication, len(folders))
	for i, f := range folders {
		list[i] = repository.Publication{
			Owner: owner, Slug: f.slug, Files: f.files, Message: message, DryRun: dryRun,
			Actor: repository.Actor{Name: "operator", Display: "operator"},
		}
	}
	bar := s.progress("publishing", len(list))
	var invalid bool
	refused, err := a.Repository.PublishAll(ctx, list, func(i int, o repository.Outcome, err error) {
		bar.step()
		invalid = invalid || errors.Is(err, kind.ErrInvalid)
		s.report(a, folders[i], o, err, dryRun)
	})
	bar.end()
	if err := errors.Join(err, a.CatchUp(ctx)); err != nil {
		return err
	}
	if refused > 0 {
		err = fmt.Errorf("%d of %d not published", refused, len(list))
		if invalid {
			return usageError{err}
		}
	}
	return err
}

// report says what became of one folder.
func (s *session) report(a *app.App, f folder, o repository.Outcome, err error, dryRun bool) {
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
	if s.json {
		if len(problems) > 0 {
			line.Problems = problems
		}
		if err := s.printJSON(line); err != nil {
			fmt.Fprintln(s.err, err)
		}
		return
	}
	for _, p := range problems {
		p.File = filepath.Join(f.name, p.File)
		if strings.HasSuffix(f.name, ".md") {
			p.File = f.name
		}
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
}

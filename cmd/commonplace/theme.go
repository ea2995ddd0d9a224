package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/themes"
)

func newTheme(s *session) *cobra.Command {
	c := &cobra.Command{Use: "theme", Short: "Look after the themes of pages"}
	var folder string
	check := &cobra.Command{
		Use:   "check [DIR|NAME]…",
		Short: "Name every problem of a theme, with file, line and remedy; without a name, of all themes",
		RunE: func(_ *cobra.Command, args []string) error {
			if folder == "" {
				folder = s.config.Themes
			}
			if folder != "" {
				folder = s.path(folder)
			}
			if len(args) == 0 {
				args = themes.Names()
				own, err := ownThemes(folder)
				if err != nil {
					return err
				}
				args = append(args, own...)
				slices.Sort(args)
				args = slices.Compact(args)
			}
			wrong := 0
			for _, arg := range args {
				ok, err := s.checkTheme(arg, folder)
				if err != nil {
					return err
				}
				if !ok {
					wrong++
				}
			}
			if wrong > 0 {
				return fmt.Errorf("%d of %s cannot be used", wrong, count(len(args), "theme"))
			}
			return nil
		},
	}
	check.Flags().StringVar(&folder, "themes", "", "folder of themes of your own (default: that of the settings)")
	c.AddCommand(check)
	return c
}

// ownThemes are the names of the folders in a folder of themes.
func ownThemes(folder string) (names []string, err error) {
	if folder == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("themes folder: %w", err)
	}
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// checkTheme prints what is wrong with a theme: the folder of that name, or the theme of that name.
func (s *session) checkTheme(arg, folder string) (ok bool, err error) {
	name := arg
	if info, statErr := os.Stat(s.path(arg)); statErr == nil && info.IsDir() && (strings.ContainsRune(arg, filepath.Separator) || !slices.Contains(themes.Names(), arg)) {
		folder, name = filepath.Split(filepath.Clean(s.path(arg)))
		folder = filepath.Clean(folder)
	}
	problems, err := themes.Check(name, folder)
	if errors.Is(err, themes.ErrUnknown) {
		return false, usagef("%w; or name a folder", err)
	}
	if err != nil {
		return false, err
	}
	ok = true
	for _, p := range problems {
		ok = ok && p.Warning
		if s.json {
			if err := s.printJSON(p); err != nil {
				return false, err
			}
		} else {
			s.printf("%s\n", p.Error())
		}
	}
	if ok && !s.json {
		s.printf("theme %s can be used\n", name)
	}
	return ok, nil
}

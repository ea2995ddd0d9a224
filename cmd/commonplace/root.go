package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/config"
)

// newRoot returns the command line of one session.
func newRoot(s *session) *cobra.Command {
	root := &cobra.Command{
		Use:           "commonplace",
		Short:         "An open educational resources repository: publish, search, remix, harvest",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usagef("%w; see commonplace %s --help", err, strings.TrimPrefix(c.CommandPath(), "commonplace "))
	})
	flags := root.PersistentFlags()
	settings := config.Default()
	flags.StringVar(&s.file, "config", "", "settings file (TOML)")
	flags.StringVar(&settings.Data, "data", settings.Data, "folder that holds everything that is not elsewhere")
	flags.StringVar(&settings.Bucket, "bucket", "", "where published resources are kept: file://… or s3://bucket?endpoint=… (default: in the data folder)")
	flags.StringVar(&settings.Database, "database", "", "where the catalog is kept: sqlite://… or postgres://… (default: in the data folder)")
	flags.BoolVar(&s.json, "json", false, "print data as JSON")
	flags.BoolVar(&s.verbose, "verbose", false, "say what is done")
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error { return s.settle(c) }

	root.AddCommand(
		newDemo(s), newServe(s), newPublish(s), newRelease(s), newCheck(s), newSearch(s), newRemix(s), newPull(s), newSuggest(s), newWithdraw(s), newPeers(s), newHarvest(s), newRebuild(s),
		newVerify(s), newDoctor(s), newSweep(s), newErase(s), newBackup(s), newRestore(s), newMigrateDatabase(s), newExport(s),
		newLicense(s), newOAI(s), newStandards(s), newList(s), newUser(s), newTeam(s), newToken(s), newAudit(s), newTheme(s), newVersion(s),
	)
	for _, c := range root.Commands() {
		explainArgs(c)
	}
	return root
}

// explainArgs makes wrong arguments wrong usage, all the way down.
func explainArgs(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return usagef("%w; use: %s", err, c.UseLine())
			}
			return nil
		}
	}
	if c.HasSubCommands() && !c.Runnable() {
		c.RunE = group
	}
	for _, sub := range c.Commands() {
		explainArgs(sub)
	}
}

// group is a command that only has others: cobra would print its help, and be content, for words that are none of them.
func group(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return c.Help()
	}
	c.SuggestionsMinimumDistance = 2 // as cobra has it for the first word
	meant := ""
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		meant = ", did you mean " + near[0] + "?"
	}
	return usagef("%s has no command %q%s; see %s --help", c.CommandPath(), args[0], meant, c.CommandPath())
}

// settle reads the settings: file, environment, then the flags that were given.
func (s *session) settle(c *cobra.Command) error {
	if s.app != nil {
		s.config = s.app.Config
		return nil
	}
	var err error
	if s.config, err = config.Load(s.file, s.environ); err != nil {
		return usageError{err}
	}
	given := c.Flags()
	text := func(name string, into *string) {
		if f := given.Lookup(name); f != nil && f.Changed {
			*into = f.Value.String()
		}
	}
	text("data", &s.config.Data)
	text("bucket", &s.config.Bucket)
	text("database", &s.config.Database)
	text("listen", &s.config.Listen)
	text("base-url", &s.config.BaseURL)
	text("theme", &s.config.Theme)
	text("themes", &s.config.Themes)
	text("name", &s.config.Name)
	text("repository-identifier", &s.config.Identifier)
	text("admin-email", &s.config.Email)
	text("harvest-interval", &s.config.Harvest)
	if c.Name() == "serve" { // people have roles too
		text("role", &s.config.Role)
	}
	text("log-format", &s.config.LogFormat)
	text("metrics-listen", &s.config.MetricsListen)
	text("drain-delay", &s.config.DrainDelay)
	if f := given.Lookup("theme-hosts"); f != nil && f.Changed {
		if s.config.ThemeHosts, err = given.GetStringToString("theme-hosts"); err != nil {
			return usageError{err}
		}
	}
	if f := given.Lookup("allow-peers"); f != nil && f.Changed {
		if s.config.AllowPeers, err = given.GetStringSlice("allow-peers"); err != nil {
			return usageError{err}
		}
	}
	if f := given.Lookup("oai-aggregate"); f != nil && f.Changed {
		if s.config.Aggregate, err = given.GetBool("oai-aggregate"); err != nil {
			return usageError{err}
		}
	}
	for name, into := range map[string]*int{
		"connections": &s.config.Connections, "connections-per-address": &s.config.ConnectionsOfOne, "search-rate": &s.config.SearchRate,
		"requests-at-once": &s.config.AtOnce,
		"owner-resources":  &s.config.OwnerResources, "owner-megabytes": &s.config.OwnerMegabytes,
	} {
		if f := given.Lookup(name); f != nil && f.Changed {
			if *into, err = given.GetInt(name); err != nil {
				return usageError{err}
			}
		}
	}
	if f := given.Lookup("oai-page-size"); f != nil && f.Changed {
		if s.config.PageSize, err = given.GetInt("oai-page-size"); err != nil {
			return usageError{err}
		}
	}
	if s.config.Data, err = filepath.Abs(s.config.Data); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	return nil
}

package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/internal/backup"
)

// backupKeys are the flags of encrypted backups.
type backupKeys struct {
	recipients     []string
	identity       string
	passphraseFile string
}

func (k *backupKeys) passphrase(c *cobra.Command) {
	c.Flags().StringVar(&k.passphraseFile, "passphrase-file", "", "file with the passphrase of the backups")
}

func (k *backupKeys) open(c *cobra.Command) {
	k.passphrase(c)
	c.Flags().StringVar(&k.identity, "identity", "", "file with the private key (AGE-SECRET-KEY-…) of a recipient")
}

// read reads the files that the flags name.
func (k *backupKeys) read(s *session) (keys backup.Keys, err error) {
	if k.passphraseFile != "" && (k.identity != "" || len(k.recipients) > 0) {
		return keys, usagef("give a passphrase or keys, not both")
	}
	if k.passphraseFile != "" {
		b, err := os.ReadFile(s.path(k.passphraseFile))
		if err != nil {
			return keys, usagef("passphrase: %w", err)
		}
		if keys.Passphrase = strings.TrimSpace(string(b)); len(keys.Passphrase) < minPassphrase {
			return keys, usagef("%s: use a passphrase of at least %d characters", k.passphraseFile, minPassphrase)
		}
		return keys, nil
	}
	if k.identity != "" {
		b, err := os.ReadFile(s.path(k.identity))
		if err != nil {
			return keys, usagef("identity: %w", err)
		}
		return backup.ReadIdentities(string(b))
	}
	var text []string
	for _, r := range k.recipients {
		if !strings.HasPrefix(r, "age1") {
			b, err := os.ReadFile(s.path(r))
			if err != nil {
				return keys, usagef("recipient: %w; give age1… or a file of such lines", err)
			}
			r = string(b)
		}
		text = append(text, r)
	}
	if len(text) == 0 {
		return keys, nil
	}
	return backup.ReadRecipients(strings.Join(text, "\n"))
}

// minPassphrase is in characters; scrypt makes each guess cost a second.
const minPassphrase = 12

func newBackup(s *session) *cobra.Command {
	var k backupKeys
	c := &cobra.Command{
		Use:   "backup FOLDER|URL",
		Short: "Add a backup of everything to those in a folder or bucket, while everything runs",
		Long: "Add a backup of everything that is published, accounts, peers and decisions to those in a folder or bucket. What the\n" +
			"backups there have already is not copied again. Everything runs on meanwhile; broken off, the earlier backups stay whole,\n" +
			"and the next run goes on. With --recipient or --passphrase-file, given every time, backups are encrypted by age.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			keys, err := k.read(s)
			if err != nil {
				return err
			}
			return s.withApp(c.Context(), func(a *app.App) error {
				bar := s.progress("copying", 0)
				done, err := a.Backup(c.Context(), s.bucketPath(args[0]), keys, bar.set)
				bar.end()
				if err != nil && !errors.Is(err, backup.ErrDamaged) {
					return err
				}
				if s.json {
					return errors.Join(err, s.printJSON(done))
				}
				s.printf("backup %s: %d files (%d bytes); %d new (%d bytes)\n", done.Name, done.Blobs, done.Bytes, done.Objects, done.Stored)
				return err
			})
		},
	}
	c.Flags().StringArrayVar(&k.recipients, "recipient", nil, "encrypt for this public key (age1…), or for those in a file; may be repeated")
	k.passphrase(c)
	c.AddCommand(newBackupList(s), newBackupVerify(s), newBackupPrune(s))
	return c
}

func newBackupList(s *session) *cobra.Command {
	return &cobra.Command{
		Use:   "list FOLDER|URL",
		Short: "List the backups, oldest first",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			v, err := app.OpenBackups(c.Context(), s.bucketPath(args[0]), backup.Keys{})
			if err != nil {
				return err
			}
			all, err := v.List(c.Context())
			for _, b := range all {
				if s.json {
					if err := s.printJSON(b); err != nil {
						return err
					}
					continue
				}
				s.printf("%s  %s  %8d files  %12d bytes  %s\n", b.Name, b.Time.UTC().Format("2006-01-02 15:04:05 UTC"), b.Blobs, b.Bytes, b.Source)
				if len(b.Damaged) > 0 {
					s.printf("  damaged when it was made: %s\n", strings.Join(b.Damaged, " "))
				}
			}
			return err
		},
	}
}

func newBackupVerify(s *session) *cobra.Command {
	var k backupKeys
	c := &cobra.Command{
		Use:   "verify FOLDER|URL",
		Short: "Read all backups and name every damage; of encrypted ones, without a key, what can be seen from outside",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			keys, err := k.read(s)
			if err != nil {
				return err
			}
			v, err := app.OpenBackups(c.Context(), s.bucketPath(args[0]), keys)
			if err != nil {
				return err
			}
			bar := s.progress("verifying", 0)
			problems := []string{}
			all, err := v.Verify(c.Context(), func(problem string) { problems = append(problems, problem) }, bar.set)
			bar.end()
			if err != nil {
				return err
			}
			if s.json {
				err = s.printJSON(struct {
					backup.Verified
					Problems []string `json:"problems"`
				}{all, problems})
			} else {
				for _, p := range problems {
					s.printf("%s\n", p)
				}
			}
			if len(problems) > 0 {
				return errors.Join(err, errors.New(count(len(problems), "damage")))
			}
			if !s.json {
				how := "as they were stored"
				if all.Read {
					how = "with their content"
				}
				s.printf("%s, %s (%d bytes), compared %s: no damage\n", count(all.Backups, "backup"), count(all.Objects, "object"), all.Bytes, how)
			}
			return err
		},
	}
	k.open(c)
	return c
}

func newBackupPrune(s *session) *cobra.Command {
	keep := 0
	c := &cobra.Command{
		Use:   "prune FOLDER|URL --keep N",
		Short: "Remove all backups but the newest N, and what only they need",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if keep < 1 {
				return usagef("say how many backups to keep: --keep 30")
			}
			v, err := app.OpenBackups(c.Context(), s.bucketPath(args[0]), backup.Keys{})
			if err != nil {
				return err
			}
			bar := s.progress("removing", 0)
			done, err := v.Prune(c.Context(), keep, bar.set)
			bar.end()
			if err != nil {
				return err
			}
			if s.json {
				return s.printJSON(done)
			}
			s.printf("%s kept, %d removed with %s (%d bytes)\n", count(done.Kept, "backup"), done.Removed, count(done.Objects, "object"), done.Bytes)
			return nil
		},
	}
	c.Flags().IntVar(&keep, "keep", 0, "how many of the newest backups stay")
	return c
}

func newRestore(s *session) *cobra.Command {
	var k backupKeys
	var at string
	var salvage bool
	c := &cobra.Command{
		Use:   "restore FOLDER|URL",
		Short: "Fill a new data folder, or an empty bucket, from a backup",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if s.app != nil {
				return fmt.Errorf("%s: %w", s.config.Data, app.ErrLocked)
			}
			keys, err := k.read(s)
			if err != nil {
				return err
			}
			bar := s.progress("copying", 0)
			fill := app.Restore
			if salvage {
				fill = app.Salvage
			}
			done, err := fill(c.Context(), s.config, s.bucketPath(args[0]), at, keys, bar.set)
			bar.end()
			if err != nil {
				return err
			}
			lost := error(nil)
			if n := len(done.Damaged); n > 0 {
				lost = fmt.Errorf("%s of the backup could not be restored; start the server, and commonplace verify says what that hurts", count(n, "file"))
			}
			if s.json {
				return errors.Join(s.printJSON(done), lost)
			}
			for _, key := range done.Damaged {
				s.printf("damaged in the backup, left out: %s\n", key)
			}
			if done.Name != "" {
				s.printf("backup %s, begun at %s: ", done.Name, done.Time.UTC().Format("2006-01-02 15:04:05 UTC"))
			}
			s.printf("%d files restored (%d bytes)\n", done.Copied, done.Bytes)
			return lost
		},
	}
	c.Flags().StringVar(&at, "at", "", "name of a backup, or a time (2026-09-01T08:00:00Z) or day: the newest that began before; else the newest of all")
	c.Flags().BoolVar(&salvage, "salvage", false, "go without packs and large files that are damaged in the backup, and name them; exit status 1 then")
	k.open(c)
	return c
}

// bucketPath makes a folder of the invoker's absolute and leaves an address alone.
func (s *session) bucketPath(name string) string {
	if strings.Contains(name, "://") {
		return name
	}
	return s.path(name)
}

package main

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/internal/fetch"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// verified is what list verify found out.
type verified struct {
	List      string           `json:"list"`
	Version   int              `json:"version"`
	Key       string           `json:"key"`
	Trusted   bool             `json:"trusted"` // the key was given, and not asked of the server itself
	Compared  int              `json:"compared"`
	Problems  []app.PinProblem `json:"problems"`
	Signature string           `json:"signature"` // "" where it is right, else what is wrong
}

// verifying is what list verify was asked for.
type verifying struct {
	signature, key string
	allow          []string
	offline        bool
	limit          int64 // MB
	within         time.Duration
}

func newListVerify(s *session) *cobra.Command {
	var o verifying
	c := &cobra.Command{
		Use:   "verify FILE|URL",
		Short: "Check a list's signature, and that each pinned revision is what its repository serves",
		Long: "Check a list's signature, and that each pinned revision is what its repository serves.\n\n" +
			"A FILE is the JSON of a list with its signature beside it in FILE.sig. Give the key that you trust with --key;\n" +
			"without it the key is asked of the server that the list names, which proves only that the server wrote it.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if o.limit < 1 || o.within <= 0 {
				return usagef("--limit and --within are more than 0")
			}
			return s.verifyList(c.Context(), args[0], o)
		},
	}
	c.Flags().StringVar(&o.signature, "signature", "", "file of the signature (default: FILE.sig)")
	c.Flags().StringVar(&o.key, "key", "", `key to trust, as "ssh-ed25519 AAAA…", or a file with such a line or of allowed signers`)
	c.Flags().StringSliceVar(&o.allow, "allow", nil, "hosts that may be at private addresses")
	c.Flags().BoolVar(&o.offline, "offline", false, "check the signature only")
	c.Flags().Int64Var(&o.limit, "limit", 4096, "megabytes that all revisions together may have")
	c.Flags().DurationVar(&o.within, "within", 6*time.Hour, "time that it may take")
	return c
}

func (s *session) verifyList(ctx context.Context, name string, o verifying) error {
	ctx, cancel := context.WithTimeout(ctx, o.within)
	defer cancel()
	remote := strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://")
	if u, err := url.Parse(name); remote && err == nil {
		o.allow = append(o.allow, u.Host) // whoever names it means it
	}
	client := fetch.New(fetch.Options{Allow: o.allow, UserAgent: "Commonplace", Bytes: 256 << 20})
	found := verified{List: name}
	f, key, err := s.signedList(ctx, name, o.signature, remote, client)
	if errors.Is(err, kind.ErrDenied) {
		found.Signature = err.Error()
		return s.sayVerified(found)
	}
	if err != nil {
		return err
	}
	found.List, found.Version, found.Key = f.ID, f.Version, approval.AuthorizedKey(key)
	if found.Signature, found.Trusted, err = s.trusts(o.key, key, func() (string, error) { return app.ListKey(ctx, client, f.ID) }); err != nil {
		return err
	}
	if !o.offline {
		bar := s.progress("comparing revisions", len(f.Items))
		defer bar.end()
		found.Compared, err = app.VerifyPins(ctx, f, app.Verifying{
			Client: client, Bytes: o.limit << 20, Progress: bar.set,
			Report: func(p app.PinProblem) { found.Problems = append(found.Problems, p) },
		})
		if err != nil {
			return err
		}
	}
	return s.sayVerified(found)
}

// signedList reads a list at an address or in a file, and the key that signed it. An answer that is not signed is of
// kind.ErrDenied.
func (s *session) signedList(ctx context.Context, name, signature string, remote bool, client *http.Client) (approval.File, ed25519.PublicKey, error) {
	if remote {
		f, _, key, err := app.FetchList(ctx, client, name)
		return f, key, err
	}
	file, err := os.Open(s.path(name))
	if err != nil {
		return approval.File{}, nil, err
	}
	defer file.Close()
	sig, err := os.ReadFile(s.path(cmp.Or(signature, name+".sig")))
	if err != nil {
		return approval.File{}, nil, err
	}
	f, sums, err := approval.ReadFrom(file, approval.MaxFile, approval.MaxEntries, nil)
	if sums.SHA256 == "" {
		return f, nil, err
	}
	key, unsigned := approval.VerifySum(sig, approval.Namespace, sums.SHA512)
	if unsigned != nil {
		return f, nil, unsigned
	}
	return f, key, err
}

// trusts says what is wrong with the key that signed.
func (s *session) trusts(given string, key ed25519.PublicKey, ask func() (string, error)) (problem string, trusted bool, err error) {
	want := given
	if given != "" && !strings.HasPrefix(given, "ssh-") {
		b, err := os.ReadFile(s.path(given))
		if err != nil {
			return "", false, err
		}
		want = string(b)
	}
	if given == "" {
		if want, err = ask(); err != nil {
			return "the key of its server is not known: " + err.Error(), false, nil
		}
	}
	for line := range strings.Lines(want) {
		if one, ok := trustedKey(line); ok && one.Equal(key) {
			return "", given != "", nil
		}
	}
	return "it is signed with another key than the one that is trusted, " + approval.Fingerprint(key), given != "", nil
}

// trustedKey is the key of a line of OpenSSH: of a public key, or of allowed signers where it may sign lists. A key that is
// commented out, for another purpose, or bound to anything else is none.
func trustedKey(line string) (ed25519.PublicKey, bool) {
	line = strings.TrimSpace(line)
	before, rest, found := strings.Cut(line, "ssh-ed25519 ")
	if !found || strings.HasPrefix(line, "#") {
		return nil, false
	}
	if words := strings.Fields(before); len(words) > 1 { // the principals, then options
		for option := range strings.SplitSeq(strings.Join(words[1:], " "), ",") {
			name, value, _ := strings.Cut(option, "=")
			if !strings.EqualFold(name, "namespaces") || strings.Trim(value, `"`) != approval.Namespace {
				return nil, false
			}
		}
	}
	key, err := approval.ParseAuthorizedKey("ssh-ed25519 " + rest)
	return key, err == nil
}

// sayVerified prints the result. Anything wrong is a failure.
func (s *session) sayVerified(v verified) error {
	if s.json {
		if v.Problems == nil {
			v.Problems = []app.PinProblem{}
		}
		if err := s.printJSON(v); err != nil {
			return err
		}
	} else if v.Signature == "" {
		s.printf("%s, version %d\nsignature: good, by %s\n", v.List, v.Version, v.Key)
		if !v.Trusted {
			s.printf("  the key comes from the server itself; give the one that you trust with --key\n")
		}
		for _, p := range v.Problems {
			s.printf("WRONG %s\n", p)
		}
		s.printf("revisions: %d compared, %d wrong\n", v.Compared, len(v.Problems))
	} else {
		s.printf("%s\nsignature: WRONG: %s\n", v.List, v.Signature)
	}
	if v.Signature != "" || len(v.Problems) > 0 {
		return exitError(exitFailed)
	}
	return nil
}

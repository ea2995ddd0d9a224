package mirror

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Site is what is mirrored. Its methods may be called by several goroutines.
type Site interface {
	// Get answers a request for an address of the site, such as /r/rosa/halves, as a visitor without an account gets it.
	Get(ctx context.Context, address, language string) (*http.Response, error)
	// Entries are the resources that search finds, in an order that does not change by itself.
	Entries(ctx context.Context) iter.Seq2[Entry, error]
	// Repositories are the addresses of what git clones, such as /r/rosa/halves.git.
	Repositories(ctx context.Context) iter.Seq2[string, error]
	// Repository writes the files of a bare repository, by their paths in it.
	Repository(ctx context.Context, address string, put func(path string, data io.Reader) error) error
	// Text is a text of the theme.
	Text(language, key string) string
}

// Options say what to write, and where.
type Options struct {
	Dir       string   // the folder; it is made where it is missing
	Origin    string   // base URL of the site, without a slash at its end
	BaseURL   string   // of the mirror, where it is known: for canonical links, git clone and the sitemap
	Languages []string // of the pages; the first is at the top, the others are in folders of their names

	// Progress is called now and then with how many files are done of those that are known so far; nil for nobody.
	Progress func(done, known int)
}

// Report is what was done.
type Report struct {
	Pages        int `json:"pages"`
	Files        int `json:"files"`        // pages and all the rest
	Written      int `json:"written"`      // files that were new or had changed
	Removed      int `json:"removed"`      // files of an earlier mirror that nothing leads to any more
	Resources    int `json:"resources"`    // that search finds
	Repositories int `json:"repositories"` // that git clones
	// Missing are addresses that pages of the site lead to and that it did not answer with a page.
	Missing []string `json:"missing,omitempty"`
}

// maxMissing is how many addresses a report names.
const maxMissing = 100

// Write mirrors the site. A folder that has files and is no mirror is kind.ErrInvalid and is left alone. When it fails, the
// folder holds some new files beside the old ones, and the next Write goes on from there.
func Write(ctx context.Context, site Site, o Options) (r Report, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("mirror to %s: %w", o.Dir, err)
		}
	}()
	if err := o.check(); err != nil {
		return r, err
	}
	out, err := openFolder(o.Dir)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, out.close()) }()
	c := &crawl{site: site, o: o, out: out}
	for e, err := range site.Entries(ctx) {
		if err != nil {
			return r, err
		}
		c.follow(e.Address)
	}
	for _, start := range []string{"/", "/search", "/standards", "/licenses", "/lists", "/privacy", "/statistics", "/logo.svg", "/favicon.ico", "/robots.txt"} {
		c.follow(start)
	}
	if err := c.run(ctx); err != nil {
		return r, err
	}
	index := newIndex()
	for e, err := range site.Entries(ctx) {
		if err != nil {
			return r, err
		}
		if t, ok := resolve(e.Address, ""); ok && out.has(t.file) { // not what was withdrawn meanwhile
			index.add(t.file, e)
		}
	}
	r.Resources = len(index.docs)
	if err := index.write(out.put); err != nil {
		return r, err
	}
	if err := out.put(searchScript, strings.NewReader(script)); err != nil {
		return r, err
	}
	for address, err := range site.Repositories(ctx) {
		if err != nil {
			return r, err
		}
		folder := strings.TrimPrefix(address, "/") + "/"
		if err := site.Repository(ctx, address, func(path string, data io.Reader) error { return out.put(folder+path, data) }); err != nil {
			return r, err
		}
		r.Repositories++
	}
	if o.BaseURL != "" {
		if err := c.sitemap(); err != nil {
			return r, err
		}
	}
	r.Pages, r.Missing = c.pages, c.missing
	r.Files, r.Written = len(out.now), out.written
	r.Removed, err = out.finish()
	return r, err
}

func (o *Options) check() error {
	if len(o.Languages) == 0 {
		return fmt.Errorf("%w: no language", kind.ErrInvalid)
	}
	if o.BaseURL == "" {
		return nil
	}
	o.BaseURL = strings.TrimSuffix(o.BaseURL, "/")
	if u, err := url.Parse(o.BaseURL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf("%w: base URL %q is not the address of a web site", kind.ErrInvalid, o.BaseURL)
	}
	return nil
}

package mirror

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/commonplace-oer/commonplace/repository/render"
)

// maxPage bounds one page, and maxDrawing how much of a drawing is looked into.
const (
	maxPage    = 16 << 20
	maxDrawing = 5 << 20
)

// work is one file to fetch.
type work struct {
	target
	language string // "" for what is the same in every language
}

// crawl follows the links of the site from page to page.
type crawl struct {
	site Site
	o    Options
	out  *folder

	mu      sync.Mutex
	found   map[string]bool // by language and file
	queue   []work
	busy    int
	done    int
	pages   int
	listed  []string // files of pages in the first language
	missing []string
	err     error
}

// follow adds an address that the mirror begins with.
func (c *crawl) follow(address string) {
	if t, ok := resolve(address, "/lists/"); ok {
		c.mu.Lock()
		c.add(t)
		c.mu.Unlock()
	}
}

// add queues what is not yet known.
func (c *crawl) add(t target) {
	if c.found == nil {
		c.found = map[string]bool{}
	}
	languages := []string{""}
	if t.html {
		languages = c.o.Languages
	}
	for _, l := range languages {
		if key := l + " " + t.file; !c.found[key] {
			c.found[key] = true
			c.queue = append(c.queue, work{t, l})
		}
	}
}

// run fetches until nothing new is found.
func (c *crawl) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	wake := sync.NewCond(&c.mu)
	defer context.AfterFunc(ctx, func() { c.mu.Lock(); defer c.mu.Unlock(); wake.Broadcast() })()
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			for {
				for len(c.queue) == 0 && c.busy > 0 && c.err == nil && ctx.Err() == nil {
					wake.Wait()
				}
				if len(c.queue) == 0 || c.err != nil || ctx.Err() != nil {
					wake.Broadcast()
					return
				}
				w := c.queue[len(c.queue)-1]
				c.queue = c.queue[:len(c.queue)-1]
				c.busy++
				c.mu.Unlock()
				err := c.fetch(ctx, w)
				c.mu.Lock()
				c.busy--
				c.done++
				if err != nil {
					c.err = errors.Join(c.err, fmt.Errorf("%s: %w", w.address, err))
				}
				if c.o.Progress != nil && c.done%16 == 0 {
					c.o.Progress(c.done, len(c.found))
				}
				wake.Broadcast()
			}
		})
	}
	workers.Wait()
	slices.Sort(c.missing)
	slices.Sort(c.listed)
	return errors.Join(c.err, ctx.Err())
}

// in is the file in the folder of its language.
func (c *crawl) in(language, file string) string {
	if language == "" || language == c.o.Languages[0] {
		return file
	}
	return language + "/" + file
}

// fetch writes the file of one address.
func (c *crawl) fetch(ctx context.Context, w work) error {
	r, err := c.site.Get(ctx, w.address, w.language)
	if err != nil {
		return err
	}
	defer func() { _ = r.Body.Close() }()
	file := c.in(w.language, w.file)
	switch {
	case r.StatusCode >= 300 && r.StatusCode < 400:
		return c.redirect(w, file, r.Header.Get("Location"))
	case r.StatusCode != http.StatusOK:
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.missing) < maxMissing && w.language == c.o.Languages[0] && r.StatusCode != http.StatusNotFound {
			c.missing = append(c.missing, fmt.Sprintf("%s: %d %s", w.address, r.StatusCode, http.StatusText(r.StatusCode)))
		}
		return nil
	case strings.HasSuffix(file, ".svg") && w.file != "logo.svg":
		return c.drawing(file, r.Body)
	case !w.html:
		return c.out.put(file, r.Body)
	}
	b, err := io.ReadAll(io.LimitReader(r.Body, maxPage+1))
	if err != nil {
		return err
	}
	if len(b) > maxPage {
		return fmt.Errorf("the page has more than %d bytes", maxPage)
	}
	page, links, err := c.rewrite(b, w, file)
	if err != nil {
		return err
	}
	if err := c.out.put(file, bytes.NewReader(page)); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pages++
	if w.language == c.o.Languages[0] {
		c.listed = append(c.listed, file)
	}
	for _, t := range links {
		c.add(t)
	}
	return nil
}

// leftOut takes the place of a drawing that could act in the mirror's name.
const leftOut = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="24" height="24"><title>%s</title><path d="M3 3h18v18H3zM3 3l18 18" fill="none" stroke="#777"/></svg>` + "\n"

// drawing writes a drawing of an author. One with a script, or that cannot be looked into, is written as text beside an empty
// one: whoever opens a drawing by itself runs what is in it, and the mirror's server sends no headers that would keep it from
// acting.
func (c *crawl) drawing(file string, body io.Reader) error {
	head, err := io.ReadAll(io.LimitReader(body, maxDrawing+1))
	if err != nil {
		return err
	}
	var why *render.SVGError
	if len(head) <= maxDrawing && (!errors.As(render.CheckSVG(head), &why) || why.Outside) {
		return c.out.put(file, bytes.NewReader(head))
	}
	return errors.Join(
		c.out.put(file+".txt", io.MultiReader(bytes.NewReader(head), body)),
		c.out.put(file, strings.NewReader(fmt.Sprintf(leftOut, path.Base(file)+".txt"))),
	)
}

// redirect writes a page that sends browsers on, with or without a server.
func (c *crawl) redirect(w work, file, to string) error {
	t, ok := resolve(strings.TrimPrefix(to, c.o.Origin), w.address)
	if !ok || t.file == w.file {
		return nil
	}
	c.mu.Lock()
	c.add(t)
	c.mu.Unlock()
	way := relative(file, c.in(w.language, t.file))
	return c.out.put(file, strings.NewReader(`<!doctype html><meta charset="utf-8"><title>→</title><meta name="robots" content="noindex">`+
		`<meta http-equiv="refresh" content="0;url=`+way+`"><p><a href="`+way+`">→</a>`+"\n"))
}

// sitemapMost is how many addresses one sitemap may have, by its protocol.
const sitemapMost = 50_000

type sitemapLoc struct {
	Loc string `xml:"loc"`
}

// sitemap lists the pages of the first language for search engines and for repositories that harvest by it.
func (c *crawl) sitemap() error {
	var maps []sitemapLoc
	write := func(name, root, item string, locs []sitemapLoc) error {
		var b bytes.Buffer
		b.WriteString(xml.Header + "<" + root + ` xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">` + "\n")
		for _, l := range locs {
			b.WriteString("<" + item + "><loc>")
			if err := xml.EscapeText(&b, []byte(l.Loc)); err != nil {
				return err
			}
			b.WriteString("</loc></" + item + ">\n")
		}
		b.WriteString("</" + root + ">\n")
		return c.out.put(name, &b)
	}
	number := 0
	for part := range slices.Chunk(c.listed, sitemapMost) {
		var locs []sitemapLoc
		for _, file := range part {
			locs = append(locs, sitemapLoc{c.o.BaseURL + "/" + (&url.URL{Path: file}).EscapedPath()})
		}
		number++
		name := fmt.Sprintf("sitemap-%d.xml", number)
		if err := write(name, "urlset", "url", locs); err != nil {
			return err
		}
		maps = append(maps, sitemapLoc{c.o.BaseURL + "/" + name})
	}
	return write("sitemap.xml", "sitemapindex", "sitemap", maps)
}

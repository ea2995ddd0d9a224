package mirror

import (
	"encoding/hex"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// target is where an address of the site is in the mirror.
type target struct {
	address string // normal: path and the parameters that matter
	file    string // in the folder, without the language's
	html    bool   // it is a page, and there is one in each language
}

// browsed are the filters of which the search's pages are kept, each alone.
var browsed = map[string]bool{
	"subject": true, "grade": true, "type": true, "language": true, "license": true, "permission": true, "standard": true, "time": true,
	"source": true, "list": true,
}

// deepest is the last page of a search that has a number.
const deepest = 833

// left are pages below a resource that only a server has, or that are many and say little.
var left = regexp.MustCompile(`/(edit|remix|pull|suggest|suggestions|compare|withdraw|translate|report|release|releases|draft|embed|collaborators)(/|$)|\.git(/|$)|\.atom$|/print\.pdf$`)

// kept are the addresses of pages that are written whatever their parameters.
var (
	kept = regexp.MustCompile(`^/(standards(/[^/]+){0,2}|licenses|privacy|statistics|id/[0-9a-f-]{36}|lists(/[^/]+)?)$`)
	// pinned is a revision of a resource: of these, only what a list names is kept.
	pinned = regexp.MustCompile(`@[0-9a-f]{7,64}$`)
)

// resolve finds where an address is kept. From is the page that has the link.
func resolve(address, from string) (t target, ok bool) {
	u, err := url.Parse(address)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(u.Path, "/") || path.Clean(u.Path) != u.Path && u.Path != "/" {
		return t, false
	}
	q := u.Query()
	q.Del("lang")
	q.Del("notice")
	p := u.Path
	switch {
	case p == "/":
		return target{"/", "index.html", true}, true
	case p == "/search":
		return search(q)
	case p == "/logo.svg" || p == "/favicon.ico" || p == "/robots.txt":
		return target{p, p[1:], false}, true
	case pinned.MatchString(p) && !strings.HasPrefix(from, "/lists/"):
		return t, false
	case strings.HasPrefix(p, "/r/"):
		return resource(p, q)
	case strings.HasPrefix(p, "/lists/") && path.Ext(p) != "":
		return target{p, escape(p), false}, true
	case strings.HasSuffix(p, "/coverage"):
		return t, false
	case kept.MatchString(p):
		return target{u.EscapedPath(), escape(p) + ".html", true}, true
	}
	return t, false
}

// search is a page of all resources, or of those that one filter lets through.
func search(q url.Values) (t target, ok bool) {
	page := 1
	if s := q.Get("page"); s != "" {
		if page, _ = strconv.Atoi(s); page < 1 || page > deepest || q.Has("cursor") {
			return t, false
		}
	}
	q.Del("page")
	address, file := "/search", "search"
	for field, values := range q {
		if len(q) > 1 || len(values) != 1 || !browsed[field] || values[0] == "" {
			return t, false
		}
		address += "?" + q.Encode()
		file = path.Join("browse", field, escape(values[0]))
	}
	if page > 1 {
		mark := "?"
		if len(q) > 0 {
			mark = "&"
		}
		address += mark + "page=" + strconv.Itoa(page)
		file += "-" + strconv.Itoa(page)
	}
	return target{address, file + ".html", true}, true
}

// resource is a page of a resource, or one of its files.
func resource(p string, q url.Values) (t target, ok bool) {
	parts := strings.Split(p, "/") // "", r, owner, slug, …
	if len(parts) < 4 {
		return t, false
	}
	if strings.Contains(p, "/raw/") || path.Ext(p) == ".zip" || path.Ext(p) == ".jsonld" {
		return target{(&url.URL{Path: p}).EscapedPath(), escape(p), false}, true
	}
	if left.MatchString(p) {
		return t, false
	}
	address, file := (&url.URL{Path: p}).EscapedPath(), escape(p)
	for field, values := range q {
		if len(q) > 1 || len(values) != 1 || field != "view" && field != "key" {
			return t, false
		}
		address += "?" + q.Encode()
		file += "-" + field + "-" + escape(values[0])
	}
	return target{address, file + ".html", true}, true
}

// escape is a path as the name of a file that every system takes and no server reads as anything else.
func escape(p string) string {
	var b strings.Builder
	for _, c := range []byte(strings.TrimPrefix(p, "/")) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.', c == '/', c == '@':
			b.WriteByte(c)
		default:
			b.WriteString("~" + hex.EncodeToString([]byte{c}))
		}
	}
	return b.String()
}

// relative is the way from one file to another.
func relative(from, to string) string {
	a, b := strings.Split(from, "/"), strings.Split(to, "/")
	for len(a) > 1 && len(b) > 1 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	way := strings.Repeat("../", len(a)-1) + strings.Join(b, "/")
	return (&url.URL{Path: way}).EscapedPath()
}

package mirror

import (
	"crypto/sha256"
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
		file = "browse/" + field + "/" + escapeName(values[0], false)
		if lower := strings.ToLower(values[0]); field == "subject" && lower != values[0] { // people write them in any case
			sum := sha256.Sum256([]byte(values[0]))
			file = "browse/" + field + "/" + escapeName(lower, false) + "~" + hex.EncodeToString(sum[:4])
		}
	}
	if page > 1 {
		mark := "?"
		if len(q) > 0 {
			mark = "&"
		}
		address += mark + "page=" + strconv.Itoa(page)
		file += "~page-" + strconv.Itoa(page)
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
		file := escape(p)
		if i := strings.LastIndexByte(p, '/'); strings.Contains(p[:i+1], "/raw/") {
			file = escape(p[:i]) + "/" + rawFile(p[i+1:])
		}
		return target{(&url.URL{Path: p}).EscapedPath(), file, false}, true
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
		file += "~" + field + "-" + escapeName(values[0], false) // no name has such a mark of its own
	}
	return target{address, file + ".html", true}, true
}

// escape is a path as the name of a file that every system takes and no server reads as anything else.
func escape(p string) string {
	names := strings.Split(strings.TrimPrefix(p, "/"), "/")
	for i, name := range names {
		names[i] = escapeName(name, false)
	}
	return strings.Join(names, "/")
}

// device are the names that Windows keeps for devices, whatever extension follows.
var device = regexp.MustCompile(`(?i)^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)`)

// longestName is how long a name may get, in bytes: below the 255 of most file systems by what is added to it.
const longestName = 180

// escapeName is one name of a path. It begins and ends with no dot, so that none leads up, is hidden, or means something to
// a server (.htaccess); of a file from an author it has no dot at all, for servers look at each part between dots (x.php.png).
func escapeName(name string, dotless bool) string {
	var b strings.Builder
	for i, c := range []byte(name) {
		plain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '@' ||
			c == '.' && !dotless && i > 0 && i < len(name)-1
		if plain && (i > 0 || !device.MatchString(name)) {
			b.WriteByte(c)
		} else {
			b.WriteString("~" + hex.EncodeToString([]byte{c}))
		}
	}
	if b.Len() > longestName {
		sum := sha256.Sum256([]byte(name))
		return b.String()[:longestName-33] + "~" + hex.EncodeToString(sum[:16])
	}
	return b.String()
}

// harmless are the extensions that no usual server runs and no browser takes for a page.
var harmless = map[string]bool{
	".png": true, ".jpg": true, ".jpeg": true, ".gif": true, ".webp": true, ".avif": true, ".svg": true, ".mp3": true, ".m4a": true, ".ogg": true,
	".wav": true, ".mp4": true, ".webm": true, ".vtt": true, ".pdf": true, ".txt": true, ".csv": true, ".md": true, ".json": true, ".zip": true,
	".docx": true, ".xlsx": true, ".pptx": true, ".odt": true, ".ods": true, ".odp": true, ".epub": true, ".ggb": true, ".tex": true,
}

// rawFile is a file that an author put beside a lesson. Any extension is possible there, .php and .html too, and the mirror's
// server is not ours: what is not known as harmless gets .txt.
func rawFile(name string) string {
	ext := strings.ToLower(path.Ext(name))
	if harmless[ext] {
		name = name[:len(name)-len(ext)]
	} else {
		ext = ".txt"
	}
	return escapeName(name, true) + ext
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

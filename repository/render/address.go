package render

import (
	"net/url"
	"path"
	"strings"

	"github.com/yuin/goldmark/util"
)

// address is what a link or an image of a text leads to.
type address struct {
	kind target
	href string // as it stands in the page, not yet escaped for HTML
	path string // of local ones: in the repository, relative to its root
}

type target int

const (
	refused  target = iota // a scheme that is not allowed, or no address at all
	outside                // another server
	mail                   // mailto:
	server                 // a path of this server, such as /search
	fragment               // a place in this page
	folder                 // a folder of the repository: a part
	file                   // a file of the repository
	escaping               // leaves the repository
)

// resolve reads the destination of a link as goldmark keeps it, with its escapes and entities.
func (v View) resolve(destination []byte) address {
	raw := util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(destination)))
	dest := strings.TrimSpace(string(raw))
	if strings.ContainsFunc(dest, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }) {
		return address{}
	}
	u, err := url.Parse(dest)
	if err != nil {
		return address{}
	}
	switch strings.ToLower(u.Scheme) {
	case "":
	case "http", "https":
		if u.Hostname() == "" || u.User != nil {
			return address{}
		}
		return address{kind: outside, href: u.String()}
	case "mailto":
		return address{kind: mail, href: u.String()}
	default:
		return address{}
	}
	if u.Host != "" || strings.HasPrefix(dest, "//") {
		if u.Hostname() == "" || u.User != nil {
			return address{}
		}
		u.Scheme = "https"
		return address{kind: outside, href: u.String()}
	}
	return v.local(u)
}

// local resolves an address without a scheme and a host.
func (v View) local(u *url.URL) address {
	hash := ""
	if id := slug(u.Fragment); id != "" {
		hash = "#" + idPrefix + id
	}
	switch {
	case u.Path == "" && hash != "":
		return address{kind: fragment, href: hash}
	case strings.ContainsFunc(u.Path, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }):
		return address{}
	case strings.HasPrefix(u.Path, "/"):
		clean := url.URL{Path: path.Clean(u.Path), RawQuery: u.RawQuery}
		return address{kind: server, href: clean.String() + hash}
	}
	p := path.Join(v.Folder, u.Path)
	if p == ".." || strings.HasPrefix(p, "../") {
		return address{kind: escaping}
	}
	if name := path.Base(p); name == "index.md" || u.Path == "" || strings.HasSuffix(u.Path, "/") || path.Ext(name) == "" || name == "." {
		p = strings.TrimSuffix(strings.TrimSuffix(p, "index.md"), "/")
		if p == "." {
			p = ""
		}
		return address{kind: folder, path: p, href: v.under(p) + hash}
	}
	return address{kind: file, path: p, href: v.under("raw/" + p)}
}

// under returns the address of a path below Base.
func (v View) under(p string) string {
	escaped := (&url.URL{Path: "/" + p}).EscapedPath()
	href := v.Base + strings.TrimSuffix(escaped, "/")
	if v.Base == "" {
		href = "." + escaped
	}
	return href
}

// relative returns a path of the repository as seen from the resource's folder.
func (v View) relative(p string) string {
	if v.Folder == "" {
		return p
	}
	at, ups := v.Folder, ""
	for {
		if rest, ok := strings.CutPrefix(p, at+"/"); ok {
			return ups + rest
		}
		ups += "../"
		up := path.Dir(at)
		if up == "." {
			return ups + p
		}
		at = up
	}
}

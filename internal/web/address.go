package web

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/commonplace-oer/commonplace/repository"
)

// place is what an address below /r/ names: a resource, perhaps at an old revision, and what is asked of it.
type place struct {
	repository.Address
	Revision string // full or abbreviated, or the version of a release; "" is the newest
	Action   string // one of actions; "" is the page itself
	Rest     string // what stands behind the action: a path, or two revisions
	Git      bool   // the address has the ".git" that git clients may add
}

// actions are the words that cannot be the name of a part's folder.
var actions = []string{
	"history", "compare", "remix", "remixes", "embed", "print.pdf", "edit", "raw", "print", "metadata.jsonld", "download.zip", "withdraw", "undo", "report", "report.json", "releases", "releases.atom", "previews", "share", "suggestions", "suggest", "pull", "quiz", "translate",
	"git-upload-pack", "git-receive-pack",
}

// pinned is a name with a revision, or with the version of a release that begins with a number.
var pinned = regexp.MustCompile(`^(.+)@([0-9a-f]{7,40}|v?[0-9][0-9A-Za-z._+-]{0,38})$`)

// parsePlace takes an escaped path apart: {owner}/{slug}[.git][/{part}][@{revision}][/{action}[/{rest}]]. It refuses
// what could mean another place after cleaning.
func parsePlace(path string) (place, bool) {
	var p place
	segments := strings.Split(strings.TrimSuffix(path, "/"), "/")
	if len(segments) < 2 {
		return p, false
	}
	for i, s := range segments {
		u, err := url.PathUnescape(s)
		if err != nil || u == "" || u == "." || u == ".." || strings.ContainsAny(u, "/\\\x00") || !utf8.ValidString(u) {
			return p, false
		}
		segments[i] = u
	}
	p.Owner = segments[0]
	var at []string // slug and part
	for i, s := range segments[1:] {
		rest := segments[i+2:]
		if i > 0 && (slices.Contains(actions, s) || s == "info" && len(rest) == 1 && rest[0] == "refs") {
			p.Action, p.Rest = s, strings.Join(rest, "/")
			break
		}
		if m := pinned.FindStringSubmatch(s); m != nil && p.Revision == "" {
			s, p.Revision = m[1], m[2]
		}
		at = append(at, s)
	}
	p.Slug = at[0]
	if slug, ok := strings.CutSuffix(p.Slug, ".git"); ok {
		p.Slug, p.Git = slug, true
	}
	p.Part = strings.Join(at[1:], "/")
	return p, p.Slug != ""
}

// pathOf is the path of a resource's page on this server, without its host.
func pathOf(a repository.Address, revision string) string {
	var b strings.Builder
	b.WriteString("/r")
	for s := range strings.SplitSeq(a.String(), "/") {
		b.WriteString("/" + url.PathEscape(s))
	}
	if revision != "" {
		b.WriteString("@" + revision)
	}
	return b.String()
}

// linkOf is the path of any resource's page: a harvested one has it by its id.
func linkOf(r repository.Resource) string {
	if r.Own() {
		return pathOf(r.Address, "")
	}
	return "/id/" + string(r.ID)
}

// withoutQuery is an address with one parameter taken out.
func withoutQuery(address, name string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "/"
	}
	q := u.Query()
	q.Del(name)
	u.RawQuery = q.Encode()
	return u.String()
}

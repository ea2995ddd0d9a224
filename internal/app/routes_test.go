package app_test

import (
	"encoding/base64"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
)

// Who is let in by a route, as a list of names below; everybody else is refused.
var (
	anybody    = []string{"visitor", "other", "rosa", "member", "maintainer", "reviewer", "chair", "moderator", "admin"}
	signedIn   = anybody[1:]
	mods       = []string{"moderator", "admin"}
	adminsOnly = []string{"admin"}
	hers       = []string{"rosa", "admin"} // rosa/halves
	leading    = []string{"maintainer", "admin"}
	jury       = []string{"reviewer", "chair"}
	chairing   = []string{"chair"}
	nobody     = []string{}
)

// right is one line of the table: who may use a route, and how it is tried.
type right struct {
	may  []string
	path string     // instead of the pattern; {id} is rosa/halves
	form url.Values // of a POST
	with string     // "": a browser's session; token: a token that writes, in the header; git: one as the password
	once bool       // it ends the session or the resource, so everybody tries it afresh
}

// routeRights has an entry for every route; the actions of a resource are routes of their own.
var routeRights = map[string]right{
	"GET /": {may: anybody}, "GET /search": {may: anybody}, "GET /search.atom": {may: anybody}, "GET /opensearch.xml": {may: anybody},
	"GET /suggest.js": {may: anybody}, "GET /editor.js": {may: anybody}, "GET /offline": {may: anybody}, "GET /offline.js": {may: anybody},
	"GET /worker.js": {may: anybody}, "GET /site.webmanifest": {may: anybody}, "GET /privacy": {may: anybody}, "GET /statistics": {may: anybody},
	"GET /oembed": {may: anybody}, "GET /standards": {may: anybody}, "GET /standards/:framework": {may: anybody},
	"GET /standards/:framework/*": {may: anybody}, "GET /standards/:framework/coverage": {may: anybody}, "GET /licenses": {may: anybody},
	"GET /licenses/chart": {may: anybody}, "GET /licenses/explore": {may: anybody}, "GET /oai": {may: anybody}, "POST /oai": {may: anybody},
	"GET /oai/lrmi.xsd": {may: anybody}, "GET /healthz": {may: anybody}, "GET /readyz": {may: anybody}, "GET /logo.svg": {may: anybody},
	"GET /favicon.ico": {may: anybody}, "GET /robots.txt": {may: anybody}, "GET /sitemap.xml": {may: anybody}, "GET /sitemap-:n": {may: anybody},
	"GET /feed.atom": {may: anybody}, "GET /releases.atom": {may: anybody}, "GET /.well-known/commonplace.json": {may: anybody}, "GET /.well-known/resourcesync": {may: anybody},
	"GET /resourcesync/capabilitylist.xml": {may: anybody}, "GET /resourcesync/changelist-:n": {may: anybody},
	"GET /resourcesync/changelist.xml": {may: anybody}, "GET /resourcesync/resourcelist-:n": {may: anybody},
	"GET /resourcesync/resourcelist.xml": {may: anybody}, "POST /language": {may: anybody}, "POST /look": {may: anybody},

	"GET /id/:id": {may: anybody}, "GET /id/:id/report": {may: anybody}, "POST /id/:id/report": {may: anybody},
	"GET /id/:id/remix":    {may: anybody, path: "/id/00000000-0000-4000-8000-000000000000/remix"}, // a harvested one
	"POST /id/:id/remix":   {may: signedIn},
	"GET /id/:id/suggest":  {may: anybody}, // of a harvested one only
	"POST /id/:id/suggest": {may: anybody},
	"POST /id/:id/appeal":  {may: hers},

	"GET /sign-in": {may: anybody}, "POST /sign-in": {may: nobody, form: url.Values{"name": {"x"}}, once: true},
	"GET /sign-in/name": {may: nobody}, "POST /sign-in/name": {may: nobody},
	"GET /sign-in/with/:provider": {may: anybody}, "GET /sign-in/with/:provider/back": {may: nobody},
	"POST /sign-out": {may: anybody, once: true},
	"GET /account":   {may: signedIn}, "GET /account/news": {may: signedIn}, "GET /account/mail": {may: signedIn}, "POST /account/mail": {may: signedIn, form: url.Values{"do": {"off"}}},
	"GET /mail/:account/:token": {may: anybody}, "POST /mail/:account/:token": {may: anybody}, "GET /mail/-/:token": {may: anybody}, "POST /mail/-/:token": {may: anybody}, // whoever reads the mail
	"GET /account/export": {may: signedIn}, "GET /account/erase": {may: signedIn},
	"POST /account/erase": {may: signedIn}, "POST /account/tokens": {may: signedIn}, "POST /account/tokens/revoke": {may: signedIn},
	"POST /account/sessions": {may: signedIn}, "POST /account/identities": {may: signedIn},
	"GET /new": {may: signedIn}, "POST /new": {may: signedIn}, "POST /new/unit": {may: signedIn},

	"GET /teams": {may: signedIn}, "POST /teams": {may: adminsOnly}, "GET /teams/:team": {may: signedIn, path: "/teams/team"},
	"POST /teams/:team":        {may: leading, path: "/teams/team", form: url.Values{"do": {"title"}, "title": {"Team"}}},
	"GET /invitations/:secret": {may: signedIn}, "POST /invitations/:secret": {may: signedIn},
	"GET /preview/:secret": {may: anybody}, "GET /preview/:secret/*": {may: anybody}, // whoever has the secret
	"GET /metrics": {may: adminsOnly}, "GET /status": {may: adminsOnly},
	"GET /audit": {may: adminsOnly}, "GET /audit.jsonl": {may: adminsOnly},
	"GET /moderation": {may: mods}, "GET /moderation/takedown": {may: mods}, "POST /moderation/takedown": {may: mods},
	"POST /moderation/restore": {may: mods}, "POST /moderation/reports": {may: mods}, "POST /moderation/appeals": {may: mods},
	"POST /moderation/blocks": {may: mods}, "GET /moderation/erase": {may: adminsOnly}, "POST /moderation/erase": {may: adminsOnly},

	"GET /peers": {may: anybody}, "GET /peers/:name": {may: anybody}, "GET /peers/:name/quarantine": {may: adminsOnly},
	"GET /peers/:name/quarantine/:id": {may: adminsOnly}, "GET /peers/:name/remove": {may: adminsOnly}, "POST /peers/:name/key": {may: adminsOnly}, "GET /peers/letters": {may: adminsOnly},
	"POST /peers": {may: adminsOnly}, "POST /peers/preview": {may: adminsOnly}, "POST /peers/harvest": {may: adminsOnly},
	"POST /peers/replay": {may: adminsOnly}, "POST /peers/settings": {may: adminsOnly}, "POST /peers/pause": {may: adminsOnly},
	"POST /peers/remove": {may: adminsOnly}, "POST /peers/letters": {may: adminsOnly},

	// Of lists and calls that there are, boards_rights_test.go tries who may do what at which step.
	"GET /lists": {may: anybody}, "GET /lists.json": {may: anybody}, "GET /lists/allowed_signers": {may: anybody},
	"GET /lists/:slug": {may: anybody}, "GET /lists/:slug/:id": {may: anybody}, "GET /lists/:slug/letter": {may: anybody},
	"GET /lists/:slug/log": {may: anybody}, "GET /lists/:slug/savings": {may: anybody}, "GET /grants": {may: anybody},
	"GET /lists/:slug/newer": {may: anybody}, "POST /lists/:slug/add": {may: anybody}, "POST /lists/:slug/entry": {may: anybody},
	"POST /lists/:slug/judge": {may: anybody}, "GET /calls/:call": {may: anybody}, "POST /calls/:call": {may: anybody},
	"GET /calls/:call/:number": {may: anybody}, "POST /calls/:call/:number": {may: anybody}, "GET /calls/:call/log": {may: anybody},
	"GET /calls/:call/sheet.csv": {may: anybody}, "GET /calls/:call/sheet": {may: anybody}, "POST /calls/:call/sheet": {may: anybody},
	"GET /lists/new": {may: chairing}, "POST /lists": {may: chairing, form: url.Values{"board": {"board"}}},
	"GET /boards/:board": {may: jury, path: "/boards/board"}, "GET /boards/:board/calls/new": {may: chairing, path: "/boards/board/calls/new"},
	"POST /boards/:board/calls":          {may: chairing, path: "/boards/board/calls"},
	"GET /boards/:board/rubrics/:rubric": {may: anybody, path: "/boards/board/rubrics/none"},
	"POST /boards/:board/rubrics":        {may: chairing, path: "/boards/board/rubrics"},

	"GET /r/:owner":   {may: anybody, path: "/r/rosa"},
	"GET /media/:oid": {may: nobody}, "PUT /media/:oid": {may: nobody}, "POST /media/verify/:oid": {may: nobody}, // by signed addresses
	"GET /r/:owner/*/info/lfs/*":  {may: anybody, path: "/r/rosa/halves.git/info/lfs/objects/batch"},
	"POST /r/:owner/*/info/lfs/*": {may: anybody, path: "/r/rosa/halves.git/info/lfs/objects/batch"},

	"GET /api/v1/lists": {may: anybody}, "GET /api/v1/lists/:slug": {may: anybody}, "GET /api/v1/calls": {may: anybody}, "GET /api/v1/calls/:call": {may: anybody},
	"GET /api/v1/openapi.json": {may: anybody}, "GET /api/v1/search": {may: anybody}, "GET /api/v1/suggest": {may: anybody},
	"GET /api/v1/standards/:code": {may: anybody}, "GET /api/v1/changes": {may: anybody}, "GET /api/v1/licenses/normalize": {may: anybody},
	"POST /api/v1/licenses/evaluate": {may: anybody}, "POST /api/v1/suggestions": {may: nobody}, // servers sign
	"GET /api/v1/suggestions/:name": {may: anybody}, "GET /api/v1/resources/:id": {may: anybody},
	"POST /api/v1/resources":           {may: signedIn, with: "token"},
	"PUT /api/v1/resources/:id":        {may: hers, with: "token"},
	"POST /api/v1/resources/:id/remix": {may: signedIn, with: "token"},

	"GET /r/:owner/* ": {may: anybody}, "GET /r/:owner/* print": {may: anybody}, "GET /r/:owner/* print.pdf": {may: anybody},
	"GET /r/:owner/* embed": {may: anybody}, "GET /r/:owner/* remixes": {may: anybody}, "GET /r/:owner/* history": {may: anybody},
	"GET /r/:owner/* suggestions": {may: anybody}, "GET /r/:owner/* compare": {may: anybody}, "GET /r/:owner/* raw": {may: anybody},
	"GET /r/:owner/* metadata.jsonld": {may: anybody}, "GET /r/:owner/* report": {may: anybody}, "GET /r/:owner/* report.json": {may: anybody}, "GET /r/:owner/* releases": {may: anybody}, "GET /r/:owner/* releases.atom": {may: anybody},
	"GET /api/v1/resources/:id/releases": {may: anybody}, "POST /api/v1/resources/:id/releases": {may: hers, with: "token"},
	"POST /r/:owner/* releases":                              {may: hers},
	"GET /api/v1/resources/:id/releases/planned":             {may: hers, with: "token"},
	"DELETE /api/v1/resources/:id/releases/planned/:version": {may: hers, with: "token"},
	"GET /api/v1/resources/:id/report":                       {may: anybody}, "GET /r/:owner/* download.zip": {may: anybody}, "GET /r/:owner/* quiz": {may: anybody},
	"GET /r/:owner/* remix": {may: signedIn}, "GET /r/:owner/* suggest": {may: signedIn}, "GET /r/:owner/* translate": {may: signedIn},
	"GET /r/:owner/* edit": {may: hers}, "GET /r/:owner/* pull": {may: hers}, "GET /r/:owner/* withdraw": {may: hers}, "GET /r/:owner/* share": {may: hers}, "GET /r/:owner/* previews": {may: hers},
	"GET /r/:owner/* info":              {may: signedIn, path: "/r/rosa/halves.git/info/refs?service=git-receive-pack", with: "git"},
	"POST /r/:owner/* git-upload-pack":  {may: anybody, path: "/r/rosa/halves.git/git-upload-pack"},
	"POST /r/:owner/* git-receive-pack": {may: signedIn, path: "/r/rosa/halves.git/git-receive-pack", with: "git"},
	"POST /r/:owner/* remix":            {may: signedIn}, "POST /r/:owner/* suggest": {may: signedIn}, "POST /r/:owner/* translate": {may: signedIn},
	"POST /r/:owner/* edit": {may: hers}, "POST /r/:owner/* pull": {may: hers}, "POST /r/:owner/* quiz": {may: anybody},
	"POST /r/:owner/* suggestions": {may: nobody}, // needs the number of one
	"POST /r/:owner/* withdraw":    {may: hers, once: true}, "POST /r/:owner/* previews": {may: hers}, "POST /r/:owner/* share": {may: hers}, "POST /r/:owner/* undo": {may: hers},
}

// actionsOf are the actions that a function of internal/web/resource.go switches by: each is a route of its own.
func actionsOf(t *testing.T, function string) (list []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../web/resource.go", nil, 0)
	require.NoError(t, err)
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Name.Name != function {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			clause, ok := n.(*ast.CaseClause)
			if !ok {
				return true
			}
			for _, e := range clause.List {
				if lit, ok := e.(*ast.BasicLit); ok {
					text, err := strconv.Unquote(lit.Value)
					require.NoError(t, err)
					list = append(list, text)
				}
			}
			return true
		})
	}
	require.NotEmpty(t, list, function)
	return list
}

// routesOf are all routes of a server, with the actions of a resource: "GET /r/:owner/* print".
func routesOf(t *testing.T, s *apptest.Server) map[string]bool {
	t.Helper()
	server, err := s.App.NewServer("test", nil)
	require.NoError(t, err)
	known := map[string]bool{}
	for _, r := range server.Routes() {
		lfs := strings.Contains(r.Path, "info/lfs") && r.Method != http.MethodGet && r.Method != http.MethodPost // answered alike
		if r.Method == http.MethodHead || lfs || r.Path == "/r/:owner/*" {
			continue
		}
		known[r.Method+" "+r.Path] = true
	}
	known["GET /r/:owner/* info"] = true
	for _, action := range actionsOf(t, "resourceGet") {
		known["GET /r/:owner/* "+action] = true
	}
	for _, action := range actionsOf(t, "resourcePost") {
		known["POST /r/:owner/* "+action] = true
	}
	return known
}

func TestEveryRouteHasItsRights(t *testing.T) {
	t.Parallel()
	known := routesOf(t, apptest.New(t).Server(t, "rights", nil))
	for route := range known {
		assert.Contains(t, routeRights, route, "say who may")
	}
	for route := range routeRights {
		assert.Contains(t, known, route, "there is no such route")
	}
}

func TestEveryRoleOnEveryRoute(t *testing.T) {
	t.Parallel()
	s := apptest.New(t).Server(t, "rights", nil)
	ctx := t.Context()
	files := lesson("Halves", "Fold the paper twice.")
	s.Publish(t, "rosa/halves", files)
	roles := map[string]accounts.Role{"moderator": accounts.Moderator, "admin": accounts.Admin}
	visitors, tokens, reading := map[string]*apptest.Visitor{"visitor": s.Browser()}, map[string]string{}, map[string]string{}
	for _, name := range signedIn {
		role := roles[name]
		if role == "" {
			role = accounts.Author
		}
		visitors[name] = s.SignIn(t, name, role)
		tokens[name], reading[name] = s.Token(t, name), s.Token(t, name, accounts.ScopeRead)
	}
	require.NoError(t, s.App.Accounts.AddTeam(ctx, "team", ""))
	require.NoError(t, s.App.Accounts.AddBoard(ctx, "board", ""))
	require.NoError(t, s.App.Accounts.SetMember(ctx, "team", "member", accounts.Member))
	require.NoError(t, s.App.Accounts.SetMember(ctx, "team", "maintainer", accounts.Maintainer))
	require.NoError(t, s.App.Accounts.SetMember(ctx, "board", "reviewer", accounts.Reviewer))
	require.NoError(t, s.App.Accounts.SetMember(ctx, "board", "chair", accounts.BoardChair))
	id := string(s.At(t, "rosa/halves").ID)

	n := 0
	try := func(route string, r right, who string, tokens map[string]string) apptest.Answer {
		method, pattern, _ := strings.Cut(route, " ")
		pattern, action, _ := strings.Cut(pattern, " ")
		path := r.path
		if path == "" {
			path = strings.NewReplacer("/r/:owner/*", "/r/rosa/halves", ":id", id, ":name", "none", ":slug", "none", ":call", "none", ":number", "1",
				":secret", "none", ":provider", "none", ":n", "1", ":oid", strings.Repeat("0", 64), ":framework", "none", "*", "none", ":code", "none").Replace(pattern)
			if action != "" {
				path += "/" + action
			}
		}
		v := visitors[who]
		if r.once && who != "visitor" {
			role := roles[who]
			if role == "" {
				role = accounts.Author
			}
			v = s.SignIn(t, who, role)
		}
		n++ // of another address each time: attempts of one are bounded
		headers := []string{"X-Forwarded-For", fmt.Sprintf("192.0.%d.%d", n/250, 1+n%250)}
		switch {
		case r.with == "token" && who != "visitor":
			headers = append(headers, "Authorization", "Bearer "+tokens[who])
		case r.with == "git" && who != "visitor":
			headers = append(headers, "Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(who+":"+tokens[who])))
		}
		if r.with != "" {
			v = s.Visitor
		}
		if method == http.MethodGet {
			return v.Get(t, path, headers...)
		}
		headers = append([]string{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin", "Origin", s.URL}, headers...)
		return v.Do(t, method, path, strings.NewReader(r.form.Encode()), headers...)
	}
	refused := func(a apptest.Answer) bool {
		return a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden || strings.HasPrefix(a.Location(), "/sign-in")
	}
	for route, r := range routeRights {
		if r.may == nil {
			assert.Fail(t, "nobody is named", route)
		}
		for _, who := range anybody {
			a := try(route, r, who, tokens)
			if slices.Contains(r.may, who) {
				assert.False(t, refused(a), "%s: %s is refused: %d %.300s", route, who, a.Status, a.Body)
			} else if len(r.may) > 0 {
				assert.True(t, refused(a), "%s: %s is let in: %d", route, who, a.Status)
			} else {
				assert.True(t, refused(a) || a.Status >= 400, "%s: %s is let in: %d", route, who, a.Status)
			}
			assert.Less(t, a.Status, 500, "%s: %s", route, who)
			if r.with != "" && who != "visitor" {
				assert.True(t, refused(try(route, r, who, reading)), "%s: %s is let in with a token that reads", route, who)
			}
			if r.once {
				s.Publish(t, "rosa/halves", files)
			}
		}
	}
}

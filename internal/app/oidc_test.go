package app_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
)

// issuer is a running provider: npm's oidc-provider, which the OpenID Foundation has certified.
type issuer struct{ url string }

// startIssuer starts it with node, from the folder that COMMONPLACE_OIDC_PROVIDER names: testdata/oidc after npm ci.
func startIssuer(t *testing.T) issuer {
	t.Helper()
	missing := func(why string) {
		t.Helper()
		why += `: install Node.js 20 or newer, copy internal/app/testdata/oidc to a folder outside of the repository, run "npm ci" there, and name it in COMMONPLACE_OIDC_PROVIDER`
		if os.Getenv("CI") == "true" {
			require.Fail(t, why)
		}
		t.Skip(why)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		missing("node is missing")
	}
	dir := os.Getenv("COMMONPLACE_OIDC_PROVIDER")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "oidc-provider")); dir == "" || err != nil {
		missing("oidc-provider is missing")
	}
	script, err := os.ReadFile("testdata/oidc/server.mjs") // what is tested, whatever was copied
	require.NoError(t, err)
	c := exec.Command(node, "--input-type=module", "--eval", string(script))
	c.Dir = dir
	c.Env = append(os.Environ(), "NODE_OPTIONS=", "NODE_ENV=test")
	var said bytes.Buffer
	c.Stderr = &said
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	in, err := c.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	t.Cleanup(func() {
		_ = in.Close() // it ends by itself
		_ = c.Wait()
		if t.Failed() {
			t.Logf("oidc-provider: %s", said.String())
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err, said.String())
	return issuer{strings.TrimSpace(line)}
}

func (i issuer) send(t *testing.T, method, path string, v any) {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	r, err := http.NewRequestWithContext(t.Context(), method, i.url+path, bytes.NewReader(b))
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)
}

// knows says what the provider tells of somebody from now on.
func (i issuer) knows(t *testing.T, login string, claims map[string]any) {
	i.send(t, http.MethodPut, "/claims/"+login, claims)
}

// district is a server that lets the provider's staff in.
func district(t *testing.T, i issuer, change func(*config.OIDC)) *apptest.Server {
	t.Helper()
	o := config.OIDC{
		Name: "district", Title: "Springfield Schools", Issuer: i.url, ClientID: "commonplace", ClientSecret: "a secret of the test",
		GroupsClaim: "groups", Require: "role=staff", NewAccounts: true,
		Teams: map[string]string{"math-dept": "math", "math-leads": "math:maintainer", "adoption": "board:reviewer", "ghosts": "no-such-team"},
	}
	if change != nil {
		change(&o)
	}
	s := apptest.New(t).Server(t, "district", func(c *config.Config) { c.OIDC = []config.OIDC{o} })
	i.send(t, http.MethodPost, "/setup", map[string]string{
		"redirect": s.URL + "/sign-in/with/district/back", "client": "commonplace", "secret": "a secret of the test",
	})
	require.NoError(t, s.App.Accounts.AddTeam(t.Context(), "math", "Mathematics"))
	require.NoError(t, s.App.Accounts.AddBoard(t.Context(), "board", ""))
	return s
}

var interaction = regexp.MustCompile(`action="([^"]+)"`)

// back goes through the provider's pages as a login, in a browser of its own, and returns where it sends the browser.
func (i issuer) back(t *testing.T, address, login string) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	browser := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	method, values := http.MethodGet, url.Values(nil)
	for range 12 {
		r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(values.Encode()))
		require.NoError(t, err)
		if values != nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		resp, err := browser.Do(r)
		require.NoError(t, err)
		var page bytes.Buffer
		_, err = page.ReadFrom(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		if to := resp.Header.Get("Location"); to != "" {
			next, err := r.URL.Parse(to)
			require.NoError(t, err)
			if !strings.HasPrefix(next.String(), i.url) {
				return next.String()
			}
			address, method, values = next.String(), http.MethodGet, nil
			continue
		}
		form := interaction.FindStringSubmatch(page.String())
		require.NotNil(t, form, "%d: %s", resp.StatusCode, page.String())
		next, err := r.URL.Parse(form[1])
		require.NoError(t, err)
		address, method = next.String(), http.MethodPost
		values = url.Values{"prompt": {"consent"}}
		if strings.Contains(page.String(), `name="login"`) {
			values = url.Values{"prompt": {"login"}, "login": {login}, "password": {"any"}}
		}
	}
	require.Fail(t, "the provider sends nobody back")
	return ""
}

// begin goes to the provider and returns the address it got; end comes back from it.
func begin(t *testing.T, v *apptest.Visitor, query string) string {
	t.Helper()
	a := v.Get(t, "/sign-in/with/district"+query)
	require.Equal(t, http.StatusSeeOther, a.Status, a.Body)
	return a.Header.Get("Location")
}

func end(t *testing.T, v *apptest.Visitor, address string) apptest.Answer {
	t.Helper()
	require.True(t, strings.HasPrefix(address, v.URL+"/sign-in/with/district/back?"), address)
	return v.Get(t, strings.TrimPrefix(address, v.URL))
}

// through signs somebody in by the provider.
func (i issuer) through(t *testing.T, v *apptest.Visitor, login, query string) apptest.Answer {
	t.Helper()
	return end(t, v, i.back(t, begin(t, v, query), login))
}

func teamsOf(t *testing.T, s *apptest.Server, account string) (list []string) {
	t.Helper()
	memberships, err := s.App.Accounts.Memberships(t.Context(), account)
	require.NoError(t, err)
	for _, m := range memberships {
		list = append(list, m.Team+":"+string(m.Role))
	}
	return list
}

func staff(name string, groups ...string) map[string]any {
	return map[string]any{"name": name, "preferred_username": "Rosa.Delgado@springfield.example", "email": "rosa@springfield.example", "role": "staff", "groups": groups}
}

func TestDistrictStaffSignInWithTheirDistrict(t *testing.T) {
	t.Parallel()
	i := startIssuer(t)
	s := district(t, i, nil)
	ctx := t.Context()
	i.knows(t, "rosa", staff("Rosa Delgado", "math-dept", "ghosts", "unmapped"))

	has(t, s.Visitor.Page(t, "/sign-in"), "Sign in with Springfield Schools")
	v := s.Visitor
	a := i.through(t, v, "rosa", "?next=%2Fnew")
	require.Equal(t, "/sign-in/name?next=%2Fnew", a.Location(), a.Body)
	page := v.Get(t, a.Location())
	has(t, page.Body, `value="rosa-delgado"`, `value="Rosa Delgado"`, "Springfield Schools")
	_, err := s.App.Accounts.Account(ctx, "rosa-delgado")
	require.Error(t, err, "nobody is made an account without being asked for a name")

	for name, status := range map[string]int{"Rosa D": http.StatusUnprocessableEntity, "math": http.StatusConflict} {
		require.Equal(t, status, v.Post(t, "/sign-in/name", url.Values{"name": {name}}).Status, name)
	}
	values := page.Form(t, "/sign-in/name")
	values.Set("name", "rosa")
	a = v.Post(t, "/sign-in/name", values)
	require.Equal(t, "/new", a.Location(), a.Body)
	has(t, v.Page(t, "/account"), "Rosa Delgado", "Springfield Schools", "Mathematics")
	assert.Equal(t, []string{"math:member"}, teamsOf(t, s, "rosa"))

	// The next time there is no question, and the teams follow the groups. What a person gave stays.
	require.NoError(t, s.App.Accounts.SetMember(ctx, "board", "rosa", accounts.BoardChair))
	i.knows(t, "rosa", staff("Rosa D.", "math-leads", "math-dept", "adoption"))
	again := s.Browser()
	require.Equal(t, "/account", i.through(t, again, "rosa", "").Location())
	assert.Equal(t, []string{"board:chair", "math:maintainer"}, teamsOf(t, s, "rosa"))
	i.knows(t, "rosa", staff("Rosa D."))
	require.Equal(t, "/account", i.through(t, s.Browser(), "rosa", "").Location())
	assert.Equal(t, []string{"board:chair"}, teamsOf(t, s, "rosa"))

	// The only way in cannot be taken away; a disabled account stays out, and gets no second one.
	values = url.Values{"issuer": {i.url}}
	require.Equal(t, http.StatusConflict, again.Post(t, "/account/identities", values).Status)
	require.NoError(t, s.App.Accounts.Disable(ctx, "rosa"))
	require.Equal(t, http.StatusForbidden, i.through(t, s.Browser(), "rosa", "").Status)
}

func TestStudentsAndStrangersAreNotLetIn(t *testing.T) {
	t.Parallel()
	i := startIssuer(t)
	s := district(t, i, func(o *config.OIDC) { o.NewAccounts = false })
	i.knows(t, "kid", map[string]any{"name": "A student", "role": "student", "preferred_username": "rosa"})
	i.knows(t, "rosa", staff("Rosa"))
	_, err := s.App.Accounts.Add(t.Context(), "rosa", "Rosa", accounts.Author, apptest.Password)
	require.NoError(t, err)
	for login, says := range map[string]string{"kid": "Students have no accounts here", "rosa": "You have no account here yet"} {
		v := s.Browser()
		a := i.through(t, v, login, "")
		require.Equal(t, http.StatusForbidden, a.Status)
		has(t, a.Body, says)
		assert.Equal(t, http.StatusSeeOther, v.Get(t, "/account").Status, "%s: the same name and e-mail open nothing", login)
	}

	// Who has an account connects it while signed in; nobody else gets it then.
	v := s.SignIn(t, "rosa", accounts.Author)
	require.Equal(t, "/account?notice=linked", i.through(t, v, "rosa", "?link=1").Location())
	other := s.Browser()
	require.Equal(t, "/account", i.through(t, other, "rosa", "").Location())
	has(t, other.Page(t, "/account"), "Rosa")
	maria := s.SignIn(t, "maria", accounts.Author)
	require.Equal(t, http.StatusConflict, i.through(t, maria, "rosa", "?link=1").Status)
	require.Equal(t, "/account?notice=unlinked", v.Post(t, "/account/identities", url.Values{"issuer": {i.url}}).Location()[:len("/account?notice=unlinked")])
	require.Equal(t, http.StatusForbidden, i.through(t, s.Browser(), "rosa", "").Status)
	require.Equal(t, http.StatusSeeOther, s.Browser().Get(t, "/sign-in/with/district?link=1").Status)
}

func TestAnswersThatDoNotFitTheAttemptAreRefused(t *testing.T) {
	t.Parallel()
	i := startIssuer(t)
	s := district(t, i, nil)
	i.knows(t, "rosa", staff("Rosa"))
	with := func(address, key, value string) string {
		u, err := url.Parse(address)
		require.NoError(t, err)
		q := u.Query()
		q.Set(key, value)
		u.RawQuery = q.Encode()
		return u.String()
	}
	refused := func(v *apptest.Visitor, address, what string) {
		a := end(t, v, address)
		assert.Equal(t, http.StatusForbidden, a.Status, what)
		assert.NotContains(t, strings.Join(a.Header.Values("Set-Cookie"), " "), "arrival=", what)
		assert.Equal(t, http.StatusSeeOther, v.Get(t, "/account").Status, what)
		require.NoError(t, s.App.Accounts.Succeeded(t.Context(), "127.0.0.1")) // this test is about something else than the bound
	}
	for what, change := range map[string]func(string) string{
		"another state":  func(a string) string { return with(a, "state", "forged") },
		"another issuer": func(a string) string { return with(a, "iss", "https://evil.example") },
		"another code":   func(a string) string { return with(a, "code", "forged") },
		"an error":       func(a string) string { return with(a, "error", "access_denied") },
	} {
		v := s.Browser()
		refused(v, change(i.back(t, begin(t, v, ""), "rosa")), what)
	}

	// An answer is no use in another browser, nor a second time, nor the code with another attempt's verifier and nonce.
	mine, theirs := s.Browser(), s.Browser()
	address := i.back(t, begin(t, mine, ""), "rosa")
	refused(theirs, address, "no attempt")
	foreign := begin(t, theirs, "")
	u, err := url.Parse(foreign)
	require.NoError(t, err)
	refused(theirs, with(address, "state", u.Query().Get("state")), "another attempt's code")
	require.Equal(t, http.StatusSeeOther, end(t, mine, address).Status, "the right browser is let in still")
	refused(mine, address, "a second time")

	// The attempts of one address are bounded.
	status := 0
	for range 8 {
		v := s.Browser()
		begin(t, v, "")
		if status = v.Get(t, "/sign-in/with/district/back?state=x").Status; status == http.StatusTooManyRequests {
			break
		}
	}
	assert.Equal(t, http.StatusTooManyRequests, status)
}

func TestAProviderThatIsDownStopsNoServer(t *testing.T) {
	t.Parallel()
	address := blobtest.FreeAddress(t)
	s := apptest.New(t).Server(t, "alone", func(c *config.Config) {
		c.OIDC = []config.OIDC{{Name: "down", Issuer: "http://" + address, ClientID: "x"}}
	})
	has(t, s.Page(t, "/sign-in"), "Sign in with down")
	assert.Equal(t, http.StatusBadGateway, s.Get(t, "/sign-in/with/down").Status)
	assert.Equal(t, http.StatusNotFound, s.Get(t, "/sign-in/with/unknown").Status)
	v := s.SignIn(t, "rosa", accounts.Author)
	v.Page(t, "/account")
}

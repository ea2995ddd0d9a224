package web

import (
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/themes"
)

func TestGuessingPasswordsIsSlowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var log strings.Builder
	w.options.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	w.server, err = New(w.options)
	require.NoError(t, err)
	_, err = w.accounts.Add(t.Context(), "rosa", "", accounts.Author, "correct horse battery")
	require.NoError(t, err)
	attempt := func(name, password string, headers ...string) answer {
		return w.post("/sign-in", url.Values{"name": {name}, "password": {password}, "next": {"/new"}}, headers...)
	}
	for range 5 {
		require.Equal(t, http.StatusForbidden, attempt("rosa", "wrong password").status)
	}
	for _, password := range []string{"wrong password", "correct horse battery"} {
		a := attempt("rosa", password)
		require.Equal(t, http.StatusTooManyRequests, a.status)
		wait, err := time.ParseDuration(a.header.Get("Retry-After") + "s")
		require.NoError(t, err)
		assert.Positive(t, wait)
		assert.Contains(t, a.body, "Too many attempts to sign in. Try again in a minute.")
		assert.Contains(t, a.body, `value="/new"`, "where the person wanted to go is not lost")
		assert.NotContains(t, w.cookies, "session")
	}
	assert.NotContains(t, log.String(), "0.0.0.0", "nor is the client named in the log")

	t.Run("by the address that a proxy names last", func(t *testing.T) {
		for n, header := range []string{"2001:db8:1:2::1", "198.51.100.1, 2001:db8:1:2::2", "2001:db8:1:2::3", "2001:db8:1:2::4", "2001:db8:1:2:ffff::5"} {
			c := requestFrom("127.0.0.1", header)
			assert.Equal(t, "2001:db8:1:2::/64", c, n)
		}
		assert.Equal(t, "192.0.2.7", requestFrom("127.0.0.1", "192.0.2.7"))
		assert.Equal(t, "192.0.2.7", requestFrom("10.1.2.3", "::ffff:192.0.2.7"))
		assert.Equal(t, "127.0.0.1", requestFrom("127.0.0.1", ""))
		assert.Equal(t, "127.0.0.1", requestFrom("127.0.0.1", "not an address"))
		assert.Equal(t, "203.0.113.5", requestFrom("203.0.113.5", "192.0.2.7"), "a stranger names nobody")
	})
}

// requestFrom is the client of a request from an address, which names another one in X-Forwarded-For.
func requestFrom(address, forwarded string) string {
	var r fasthttp.RequestCtx
	r.Init(&fasthttp.Request{}, &net.TCPAddr{IP: net.ParseIP(address), Port: 1}, nil)
	if forwarded != "" {
		r.Request.Header.Set("X-Forwarded-For", forwarded)
	}
	a := fiber.New()
	c := a.AcquireCtx(&r)
	defer a.ReleaseCtx(c)
	return client(c)
}

func TestADemonstrationTellsInTheReadersLanguageHowToSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.options.Demo = themes.DemoAccount{Name: "teacher", Password: "paper-strips"}
	server, err := New(w.options)
	require.NoError(t, err)
	w.server = server
	assert.Contains(t, w.get("/sign-in?lang=en").body, "sign in as teacher with the password paper-strips")
	assert.Contains(t, w.get("/sign-in?lang=es").body, "entre como teacher con la contraseña paper-strips")
	form := w.post("/new?lang=es", url.Values{"text": {"x"}})
	assert.Contains(t, form.body, "entre como teacher", "where a session has ended, too")
}

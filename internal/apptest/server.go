package apptest

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"path"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	samples "github.com/commonplace-oer/commonplace/content-samples"
	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/standards"
)

// Server is one running server. As a Visitor it is somebody without an account.
type Server struct {
	*Visitor
	App *app.App // replaced by Restart

	world  *World
	name   string
	config config.Config
	log    logbook
	stop   context.CancelFunc
	served chan error
}

func (s *Server) start(t testing.TB) {
	t.Helper()
	l, err := blobtest.Listen(context.Background(), s.config.Listen)
	require.NoError(t, err)
	s.config.Listen = l.Addr().String()
	if s.config.BaseURL == "" {
		s.config.BaseURL = "http://" + s.config.Listen
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	s.App, err = app.Open(ctx, s.config, app.Options{
		Now: s.world.Now, Logger: slog.New(slog.NewTextHandler(&s.log, nil)), CheapPasswords: true, Still: true,
	})
	require.NoError(t, err)
	server, err := s.App.NewServer("test", nil)
	require.NoError(t, err)
	if s.Visitor == nil {
		s.Visitor = newVisitor("http://" + s.config.Listen)
	}
	s.served = make(chan error, 1)
	go func() { s.served <- server.Serve(ctx, l) }()
}

// Stop stops the server as Ctrl-C does. It fails the test if that does not end well.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	if s.App == nil {
		return
	}
	s.stop()
	assert.NoError(t, <-s.served, "stop serving")
	assert.NoError(t, s.App.Close(context.Background()), "close")
	s.App = nil
}

// Restart stops the server, lets meanwhile, if not nil, do something to the data folder, and starts it again at the same
// address.
func (s *Server) Restart(t testing.TB, meanwhile func(folder string)) {
	t.Helper()
	s.Stop(t)
	if meanwhile != nil {
		meanwhile(s.config.Data)
	}
	s.start(t)
}

func (s *Server) end(t testing.TB) {
	t.Helper()
	s.Stop(t)
	said := s.log.String()
	assert.NotContains(t, said, "msg=panic", "%s panicked", s.name)
	if t.Failed() && said != "" {
		t.Logf("log of %s:\n%s", s.name, said)
	}
}

// Log is what the server has logged so far, from level info on.
func (s *Server) Log() string { return s.log.String() }

// logbook is a log that can be read while it is written.
type logbook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Publish publishes a folder at owner/slug, as `commonplace publish` does. What is there already is replaced.
func (s *Server) Publish(t testing.TB, address string, files fs.FS) repository.Resource {
	t.Helper()
	a, ok := repository.ParseAddress(address)
	require.True(t, ok, "no address: %s", address)
	out, err := s.App.Repository.Publish(t.Context(), repository.Publication{
		Owner: a.Owner, Slug: a.Slug, Files: files, Actor: repository.Actor{Name: a.Owner, Display: a.Owner},
	})
	require.NoError(t, err)
	require.NoError(t, s.App.CatchUp(t.Context()))
	return out.Resource
}

// Withdraw withdraws what is at owner/slug.
func (s *Server) Withdraw(t testing.TB, address string) {
	t.Helper()
	a, ok := repository.ParseAddress(address)
	require.True(t, ok, "no address: %s", address)
	require.NoError(t, s.App.Repository.Withdraw(t.Context(), a, "a test"))
	require.NoError(t, s.App.CatchUp(t.Context()))
}

// PublishSamples publishes the samples of content-samples.
func (s *Server) PublishSamples(t testing.TB) {
	t.Helper()
	list, err := app.Samples()
	require.NoError(t, err)
	_, err = s.App.Repository.PublishAll(t.Context(), list, func(i int, _ repository.Outcome, err error) {
		require.NoError(t, err, "%s/%s", list[i].Owner, list[i].Slug)
	})
	require.NoError(t, err)
	require.NoError(t, s.App.CatchUp(t.Context()))
}

// ImportFrameworks imports the frameworks of content-samples.
func (s *Server) ImportFrameworks(t testing.TB) {
	t.Helper()
	files, err := fs.Glob(samples.Frameworks(), "*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, name := range files {
		src, err := fs.ReadFile(samples.Frameworks(), name)
		require.NoError(t, err)
		_, err = s.App.ImportFramework(t.Context(), standards.About{Name: strings.TrimSuffix(path.Base(name), ".json")}, bytes.NewReader(src))
		require.NoError(t, err)
	}
}

// At is the newest revision of what is at owner/slug or owner/slug/part.
func (s *Server) At(t testing.TB, address string) repository.Resource {
	t.Helper()
	a, ok := repository.ParseAddress(address)
	require.True(t, ok, "no address: %s", address)
	r, err := s.App.Repository.Resource(t.Context(), a)
	require.NoError(t, err)
	return r
}

// Harvest harvests another server and waits for the end. The peer has the other server's name.
func (s *Server) Harvest(t testing.TB, from *Server) federation.Run {
	t.Helper()
	_, err := s.App.Catalog.Peer(t.Context(), from.name)
	if errors.Is(err, kind.ErrNotFound) {
		_, err = s.App.Harvests.Register(t.Context(), from.name, from.URL)
	}
	require.NoError(t, err)
	run, err := s.App.Harvests.Run(t.Context(), from.name, false, nil)
	require.NoError(t, err)
	require.True(t, run.Complete)
	return run
}

// Token makes a token for an account, and the account where there is none. No scopes means read and write.
func (s *Server) Token(t testing.TB, name string, scopes ...accounts.Scope) string {
	t.Helper()
	s.account(t, name, accounts.Author)
	secret, _, err := s.App.Accounts.CreateToken(t.Context(), name, "test", scopes, 0)
	require.NoError(t, err)
	return secret
}

// Password is that of every account in the world.
const Password = "correct horse battery"

func (s *Server) account(t testing.TB, name string, role accounts.Role) {
	t.Helper()
	_, err := s.App.Accounts.Account(t.Context(), name)
	if errors.Is(err, kind.ErrNotFound) {
		_, err = s.App.Accounts.Add(t.Context(), name, strings.ToUpper(name[:1])+name[1:], role, Password)
	}
	require.NoError(t, err)
}

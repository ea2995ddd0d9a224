package themes

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestHostsHaveTheirThemes(t *testing.T) {
	s, err := OpenSet(SetOptions{Hosts: map[string]string{"District.Example": "maplewood", "lake.example": "lakeside"}})
	require.NoError(t, err)
	for host, want := range map[string]string{
		"district.example": "maplewood", "DISTRICT.example.:8443": "maplewood", "lake.example": "lakeside", "state.example": Default, "": Default,
		"127.0.0.1:80": Default, "[::1]:80": Default, "x.district.example": Default,
	} {
		assert.Equal(t, want, s.For(host).Main().Name(), host)
	}
	for _, host := range []string{"", "https://a.example", "a.example:80"} {
		_, err = OpenSet(SetOptions{Hosts: map[string]string{host: "maplewood"}})
		require.ErrorContains(t, err, "write the name alone", host)
	}
	_, err = OpenSet(SetOptions{Hosts: map[string]string{"a.example": "nobody"}})
	require.ErrorIs(t, err, ErrUnknown)
}

func TestBrokenThemeStopsTheStart(t *testing.T) {
	dir := folder(t, map[string]string{"valley/pages/error.html": `{{define "title"}}x{{end}}{{define "main"}}{{.View.Nothing}}{{end}}`})
	_, err := OpenSet(SetOptions{Theme: "valley", Dir: dir})
	require.ErrorContains(t, err, "valley/pages/error.html:1: ", "a page that parses, and cannot be rendered")
}

func TestSetFollowsItsFolder(t *testing.T) {
	dir := folder(t, map[string]string{"valley/theme.toml": `parent = "county"`, "valley/tokens.css": ":root { --accent: #123456 }", "county/tokens.css": ":root { --focus: #a00 }"})
	var log bytes.Buffer
	s, err := OpenSet(SetOptions{Hosts: map[string]string{"valley.example": "valley"}, Dir: dir, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	require.NoError(t, err)
	css := func() string { return s.For("valley.example").Main().tokens.css("light", nil, true) }
	first := s.For("valley.example").Main()
	s.Refresh()
	assert.Same(t, first, s.For("valley.example").Main(), "what has not changed is not read again")
	assert.Contains(t, css(), "--accent:#123456")

	write(t, dir, "valley/tokens.css", ":root { --accent: #00447a; }")
	s.Refresh()
	assert.Contains(t, css(), "--accent:#00447a")
	write(t, dir, "county/tokens.css", ":root { --focus: #b00000 }")
	s.Refresh()
	assert.Contains(t, css(), "--focus:#b00000", "a parent's change is one too")
	assert.Empty(t, s.Stale())

	good := s.For("valley.example").Main()
	write(t, dir, "valley/tokens.css", "\n:root { --acent: #00447a }")
	s.Refresh()
	assert.Same(t, good, s.For("valley.example").Main(), "the last good one stays")
	stale := s.Stale()
	require.Len(t, stale, 1)
	assert.Equal(t, "valley", stale[0].Theme)
	assert.Equal(t, 2, stale[0].Problems[0].Line)
	assert.Contains(t, log.String(), "unknown token --acent")
	s.Refresh()
	assert.Equal(t, 1, strings.Count(log.String(), "level=ERROR"), "told once")

	require.NoError(t, os.Remove(filepath.Join(dir, "valley/tokens.css")))
	s.Refresh()
	assert.Empty(t, s.Stale())
	assert.Contains(t, css(), "--accent:#0d5766", "the default's again")

	require.NoError(t, os.RemoveAll(filepath.Join(dir, "valley")))
	s.Refresh()
	require.Len(t, s.Stale(), 1, "a folder that went away")
	assert.Contains(t, css(), "--accent:#0d5766")
}

func TestWatchEndsWithItsContext(t *testing.T) {
	dir := folder(t, map[string]string{"valley/tokens.css": ":root { --accent: #123456 }"})
	s, err := OpenSet(SetOptions{Theme: "valley", Dir: dir})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { s.Watch(ctx); close(ended) }()
	write(t, dir, "valley/tokens.css", ":root { --accent: #00447a; }")
	require.Eventually(t, func() bool { return strings.Contains(s.Main().tokens.css("light", nil, true), "#00447a") }, time.Minute, 20*time.Millisecond)
	stop()
	<-ended
}

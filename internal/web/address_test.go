package web

import (
	"io/fs"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository"
)

const rev = "3f9a1c0d3f9a1c0d3f9a1c0d3f9a1c0d3f9a1c0d"

func TestParsePlace(t *testing.T) {
	t.Parallel()
	at := func(owner, slug, part string) repository.Address {
		return repository.Address{Owner: owner, Slug: slug, Part: part}
	}
	for path, want := range map[string]place{
		"rosa/fractions":                          {Address: at("rosa", "fractions", "")},
		"rosa/fractions/":                         {Address: at("rosa", "fractions", "")},
		"rosa/fractions/01-strips":                {Address: at("rosa", "fractions", "01-strips")},
		"rosa/fractions/01/b":                     {Address: at("rosa", "fractions", "01/b")},
		"rosa/fractions@" + rev:                   {Address: at("rosa", "fractions", ""), Revision: rev},
		"rosa/fractions@" + rev + "/raw/a.png":    {Address: at("rosa", "fractions", ""), Revision: rev, Action: "raw", Rest: "a.png"},
		"rosa/fractions/01@3f9a1c0/history":       {Address: at("rosa", "fractions", "01"), Revision: "3f9a1c0", Action: "history"},
		"rosa/fractions/raw/media/la%20pizza.png": {Address: at("rosa", "fractions", ""), Action: "raw", Rest: "media/la pizza.png"},
		"rosa/fractions/raw/history/edit":         {Address: at("rosa", "fractions", ""), Action: "raw", Rest: "history/edit"},
		"rosa/fractions/compare/3f9a1c0..4f9a1c0": {Address: at("rosa", "fractions", ""), Action: "compare", Rest: "3f9a1c0..4f9a1c0"},
		"rosa/fractions.git/info/refs":            {Address: at("rosa", "fractions", ""), Action: "info", Rest: "refs", Git: true},
		"rosa/fractions/info/refs":                {Address: at("rosa", "fractions", ""), Action: "info", Rest: "refs"},
		"rosa/fractions/info/notes":               {Address: at("rosa", "fractions", "info/notes")},
		"rosa/history":                            {Address: at("rosa", "history", "")},
		"rosa/fractions.git/git-upload-pack":      {Address: at("rosa", "fractions", ""), Action: "git-upload-pack", Git: true},
		"rosa/email@school":                       {Address: at("rosa", "email@school", "")},
	} {
		got, ok := parsePlace(path)
		require.True(t, ok, path)
		assert.Equal(t, want, got, path)
	}
	for _, path := range []string{"", "rosa", "rosa/", "rosa//x", "rosa/../x", "rosa/%2e%2e/x", "rosa/a%2fb", "rosa/a%00", "rosa/x/raw/%2e%2e/y", "rosa/.git", "rosa/%zz"} {
		_, ok := parsePlace(path)
		assert.False(t, ok, path)
	}
}

func TestPathOfIsReadBack(t *testing.T) {
	t.Parallel()
	a := repository.Address{Owner: "rosa", Slug: "fractions", Part: "01 strips/ü"}
	path := pathOf(a, rev)
	got, ok := parsePlace(path[len("/r/"):])
	require.True(t, ok)
	assert.Equal(t, place{Address: a, Revision: rev}, got)
}

func TestLocalKeepsRedirectsHere(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "https://evil.example", "//evil.example", `/\evil.example`, "/a\r\nSet-Cookie: x", "javascript:alert(1)"} {
		assert.Equal(t, "/", local(bad), bad)
	}
	assert.Equal(t, "/search?q=a", local("/search?q=a"))
}

// What an address names must not depend on how it is written, and its path must not leave the repository.
func FuzzParsePlace(f *testing.F) {
	for _, s := range []string{"rosa/fractions/01@3f9a1c0/raw/a%20b", "a/b.git/info/refs", "a/%2e%2e", "a/b/compare/1234567..2345678", "0/\x800"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		p, ok := parsePlace(path)
		if !ok {
			return
		}
		for _, name := range []string{p.Slug, p.Part, p.Rest} {
			require.True(t, name == "" || fs.ValidPath(name), "%q of %q", name, path)
		}
		again, ok := parsePlace(pathOf(p.Address, p.Revision)[len("/r/"):])
		if ok && p.Action == "" && !p.Git && p.Revision == "" {
			require.Equal(t, p.Address, again.Address)
		}
	})
}

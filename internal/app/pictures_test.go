package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/browser"
)

// TestPicturesOfPages takes pictures of one page of every kind, small and large, light and dark, into the folder that
// PICTURES names. KINDS, a regular expression, chooses some of the kinds by their names:
//
//	PICTURES=/tmp/pictures KINDS='^lesson' go test ./internal/app -run TestPicturesOfPages -timeout 30m
func TestPicturesOfPages(t *testing.T) {
	dir := os.Getenv("PICTURES")
	if dir == "" {
		return
	}
	kinds, err := regexp.Compile(os.Getenv("KINDS"))
	require.NoError(t, err)
	m := withManyPages(t, 1000)
	b := browser.New(t)
	for _, width := range []int{320, 1280} {
		for _, look := range []string{"light", "dark"} {
			t.Run(fmt.Sprintf("%d-%s", width, look), func(t *testing.T) {
				t.Parallel()
				readers, members := b.Page(t), b.Page(t)
				readers.SetViewport(width, 700, look == "dark")
				members.SetViewport(width, 700, look == "dark")
				members.OpenForm(m.URL+"/sign-in", map[string][]string{"name": {"kim"}, "password": {apptest.Password}})
				for _, k := range m.kinds {
					if !kinds.MatchString(k.name) {
						continue
					}
					p := readers
					if k.member {
						p = members
					}
					open(p, k, m.URL+k.path)
					p.Screenshot(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", strings.ReplaceAll(k.name, " ", "-"), width, look)))
				}
			})
		}
	}
}

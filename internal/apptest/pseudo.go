package apptest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// PseudoLanguage is the language of PseudoTheme: written from right to left, with all six plural forms and texts that are
// longer than the English ones.
const PseudoLanguage = "ar-XB"

// PseudoTheme writes a theme "pseudo" over a parent, which speaks PseudoLanguage besides the others, and returns the folder
// that it is in. Its words are the English ones in other letters: what stays readable is not translatable.
func PseudoTheme(t testing.TB, parent string) string {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(moduleRoot(t), "themes", "default", "messages", "en.json"))
	require.NoError(t, err)
	var english map[string]any
	require.NoError(t, json.Unmarshal(src, &english))
	pseudo := map[string]any{}
	for key, v := range english {
		if text, ok := v.(string); ok {
			pseudo[key] = disguise(text)
			continue
		}
		forms, ok := v.(map[string]any)
		require.True(t, ok, key)
		all := map[string]string{}
		for _, form := range []string{"zero", "one", "two", "few", "many", "other"} {
			text, ok := forms[form].(string)
			if !ok {
				text, ok = forms["other"].(string)
			}
			require.True(t, ok, key)
			all[form] = disguise(text)
		}
		pseudo[key] = all
	}
	b, err := json.Marshal(pseudo)
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "pseudo", "messages"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "pseudo", "messages", PseudoLanguage+".json"), b, 0o600))
	settings := `parent = "` + parent + `"` + "\n" + `languages = ["en", "es", "` + PseudoLanguage + `"]` + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "pseudo", "theme.toml"), []byte(settings), 0o600))
	return dir
}

var kept = regexp.MustCompile(`\{\{[^}]*\}\}`)

// disguise puts a text into Arabic letters, a third longer. Placeholders stay.
func disguise(text string) string {
	const letters = "ابتثجحخدذرزسشصضطظعغفقكلمنه"
	runes := []rune(letters)
	var b strings.Builder
	last := 0
	plain := func(s string) {
		for _, r := range strings.ToLower(s) {
			if r >= 'a' && r <= 'z' {
				r = runes[r-'a']
			}
			b.WriteRune(r)
		}
	}
	for _, at := range kept.FindAllStringIndex(text, -1) {
		plain(text[last:at[0]])
		b.WriteString(text[at[0]:at[1]])
		last = at[1]
	}
	plain(text[last:])
	for n := len(text) / 3; n > 0; n -= 6 {
		b.WriteString(" ممممم"[:1+2*min(n, 5)])
	}
	return b.String()
}

func moduleRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	require.NoError(t, err)
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		require.NotEqual(t, dir, up, "no go.mod above")
		dir = up
	}
}

package licensing

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// readTestdata decodes a JSON file of testdata.
func readTestdata(t testing.TB, name string, v any) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, v))
}

type stringCase struct {
	ID, Input, Context string
	Expected           struct {
		ID         *string
		Resolution Resolution
		Expr       string
		Warnings   []string
	}
}

func TestNormalizeReadsStringsFromTheWild(t *testing.T) {
	var cases []stringCase
	readTestdata(t, "strings.json", &cases)
	require.Len(t, cases, 194)
	for _, c := range cases {
		t.Run(c.ID, func(t *testing.T) {
			got := NormalizeFrom(c.Input, c.Context)
			want := ""
			if c.Expected.ID != nil {
				want = *c.Expected.ID
			}
			assert.Equal(t, ID(want), got.ID, "id of %q (context %q): %+v", c.Input, c.Context, got)
			assert.Equal(t, c.Expected.Resolution, got.Resolution, "resolution of %q", c.Input)
			assert.Equal(t, c.Expected.Expr, got.Expr, "expression of %q", c.Input)
			if len(c.Expected.Warnings) > 0 {
				assert.NotEmpty(t, got.Warnings, "warnings of %q", c.Input)
			}
		})
	}
}

func TestNormalizeKeepsThePort(t *testing.T) {
	for input, want := range map[string]Resolution{
		"CC BY 4.0/us":              Invalid,
		"CC-BY/4.0/us":              Invalid,
		"cc-by-4.0/de/":             Invalid,
		"CC BY 4.0 / US":            Invalid,
		"CC BY 4.0/Spain":           Invalid,
		"CC BY-SA 4.0 US":           Invalid,
		"CC-BY-4.0-US":              Invalid,
		"CC BY 4.0 (US)":            Invalid,
		"CC BY 4.0 Spain":           Invalid,
		"CC BY 4.0/ZZ":              Invalid,
		"by/4.0/us":                 NotUnderstood,
		"CC BY 4.0/deed.es":         Exact,
		"CC BY 4.0/legalcode":       Exact,
		"CC BY 4.0 / OpenStax":      Exact,
		"CC BY 4.0/International":   Exact,
		"CC BY 4.0/MIT":             Expression,
		"CC BY 4.0/CC BY-SA 4.0 US": Conflict,
	} {
		got := Normalize(input)
		assert.Equal(t, want, got.Resolution, "%q: %+v", input, got)
		if want == Invalid {
			assert.NotEmpty(t, got.Warnings, input)
		}
	}
	assert.Equal(t, ID("CC-BY-3.0-US"), Normalize("CC BY 3.0/us").ID)
}

package federation

import (
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// Filter says which of a peer's records are kept. The others are counted, and forgotten where they were held. The zero
// value keeps all.
type Filter struct {
	Cleared   bool            `json:"cleared,omitempty"`   // only those whose license is known
	Languages []string        `json:"languages,omitempty"` // BCP 47; "en" keeps "en-US" too; records that name none are left out
	Types     []metadata.Type `json:"types,omitempty"`     // records of no known type are left out
}

// Keeps reports whether a record passes.
func (f Filter) Keeps(h Harvested) bool {
	if f.Cleared && h.License == "" {
		return false
	}
	if len(f.Types) > 0 && !slices.Contains(f.Types, h.Metadata.Type) {
		return false
	}
	return len(f.Languages) == 0 || slices.ContainsFunc(f.Languages, func(want string) bool { return speaks(h.Metadata.Language, want) })
}

// speaks reports whether a language tag is another or narrower than it.
func speaks(tag, want string) bool {
	tag, want = strings.ToLower(tag), strings.ToLower(want)
	return tag == want || strings.HasPrefix(tag, want+"-")
}

// Empty reports whether everything is kept.
func (f Filter) Empty() bool { return !f.Cleared && len(f.Languages) == 0 && len(f.Types) == 0 }

// equal reports whether both keep the same.
func (f Filter) equal(g Filter) bool {
	return f.Cleared == g.Cleared && slices.Equal(f.Languages, g.Languages) && slices.Equal(f.Types, g.Types)
}

package licensing

import (
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write docs/licensing.md anew")

// TestThePublishedRulesAreTheRules keeps docs/licensing.md at what the data says.
func TestThePublishedRulesAreTheRules(t *testing.T) {
	const file = "../docs/licensing.md"
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(publishedRules()), 0o644)) //nolint:gosec // documentation is for everybody
	}
	published, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, publishedRules(), string(published), "the rules have changed: go test ./licensing -run Published -update")
}

package themes

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEmbeddedThemesOpen(t *testing.T) {
	for _, name := range Names() {
		_, err := Open(name, "")
		require.NoError(t, err, name)
	}
}

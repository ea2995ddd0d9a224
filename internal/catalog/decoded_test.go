package catalog

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository"
)

func TestResourcesAreAsTheyWereWrittenLast(t *testing.T) {
	c := open(t, fixed)
	steps := []func(){
		func() { require.NoError(t, c.Apply(t.Context(), shown(1, "Strips", false))) },
		func() { require.NoError(t, c.Apply(t.Context(), shown(2, "Strips of paper", false))) },
		func() { // by another node
			require.NoError(t, c.db.Write(t.Context(), func(tx *sql.Tx) error {
				_, err := tx.ExecContext(t.Context(), `UPDATE resources SET doc = REPLACE(doc, 'of paper', 'of felt'), body = 'cut'`)
				return err
			}))
		},
		func() { require.NoError(t, c.Apply(t.Context(), shown(3, "", true))) },
	}
	titles := map[string]bool{}
	for _, step := range steps {
		step()
		want, err := c.ByID(t.Context(), "1")
		require.NoError(t, err)
		for range 2 {
			got, err := c.Resources(t.Context(), []repository.ID{"1"})
			require.NoError(t, err)
			assert.Equal(t, []repository.Resource{want}, got)
		}
		titles[want.Metadata.Title] = true
	}
	assert.Equal(t, map[string]bool{"Strips": true, "Strips of paper": true, "Strips of felt": true}, titles)
}

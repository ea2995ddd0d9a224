package sqldb

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParametersInOrderLoseTheirNames(t *testing.T) {
	for query, want := range map[string]string{
		`SELECT 1`: `SELECT 1`,
		`UPDATE clock SET seq = $1, item = $2 WHERE seq < $3`: `UPDATE clock SET seq = ?, item = ? WHERE seq < ?`,
		`UPDATE peers SET state = $2 WHERE name = $1`:         `UPDATE peers SET state = $2 WHERE name = $1`,
		`UPDATE clock SET listed = $1 WHERE listed < $1`:      `UPDATE clock SET listed = $1 WHERE listed < $1`,
		`SELECT '$1?' WHERE $1 = 'it''s $2'`:                  `SELECT '$1?' WHERE ? = 'it''s $2'`,
	} {
		got, err := namelessly(query)
		require.NoError(t, err, query)
		assert.Equal(t, want, got)
	}
}

func TestNamelessParametersAreRefused(t *testing.T) {
	_, err := namelessly(`SELECT ?`)
	require.ErrorContains(t, err, "write $1, $2")
}

func TestTypesAreTranslatedInDefinitionsAlone(t *testing.T) {
	assert.Equal(t, `CREATE TABLE a (
	id BIGINT PRIMARY KEY,
	name TEXT COLLATE "C" NOT NULL UNIQUE, -- TEXT as it was
	raw BYTEA NOT NULL,
	note TEXT COLLATE "C"
);
UPDATE a SET note = CAST(id AS TEXT);

SELECT 1;`, string(translate([]byte(`CREATE TABLE a (
	id INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE, -- TEXT as it was
	raw BLOB NOT NULL,
	note TEXT
);
UPDATE a SET note = CAST(id AS TEXT);
-- SQLite only:
UPDATE a
	SET note = json_extract(note, '$.a');
SELECT 1;`))))
}

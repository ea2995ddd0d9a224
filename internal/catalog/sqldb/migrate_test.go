package sqldb

import (
	"database/sql"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWhatWasDeletedBeforeTheListOfItemsStaysListed(t *testing.T) {
	file, old := older(t, 3)
	_, err := old.Exec(`INSERT INTO resources (id, identifier, repository, owner, slug, part, peer, deleted, seq, datestamp, modified, doc, body)
		VALUES ('1', 'oai:x.example:1', '1', 'rosa', 'a', '', '', 1, 7, 700, 0, '{}', ''), ('2', 'oai:x.example:2', '2', 'rosa', 'b', '', '', 0, 8, 800, 0, '{}', ''),
			('3', 'oai:y.example:3', '3', '', '', '', 'y', 1, 9, 900, 0, '{}', '');
		INSERT INTO sets (spec, resource, seq) VALUES ('grade:5', '1', 7), ('grade:6', '1', 7), ('grade:5', '2', 8);
		UPDATE clock SET seq = 9, datestamp = 900`)
	require.NoError(t, err)
	require.NoError(t, old.Close())

	db, err := Open(t.Context(), "sqlite://"+file)
	require.NoError(t, err)
	defer db.Close()
	text := func(query string) (s string) {
		require.NoError(t, db.Read().QueryRow(query).Scan(&s), query)
		return s
	}
	assert.Equal(t, "oai:x.example:1 7 700 1 grade:5 grade:6", text(`SELECT group_concat(identifier || ' ' || seq || ' ' || datestamp || ' ' || deleted || ' ' || sets) FROM items`))
	assert.Equal(t, "2", text(`SELECT COUNT(*) FROM records WHERE deleted = 1 AND datestamp = 700 AND xml = ''`))
	assert.Equal(t, "grade 7,grade:5 7,grade:6 7", text(`SELECT group_concat(spec || ' ' || seq) FROM (SELECT * FROM set_items ORDER BY spec)`))
	assert.Equal(t, ":1,grade:1,grade:5:1,grade:6:1", text(`SELECT group_concat(spec || ':' || items) FROM (SELECT * FROM sets ORDER BY spec)`))
	assert.Equal(t, "9", text(`SELECT item FROM clock`))
}

func TestWhatPeersSentAndTheFeedMoveToTheirNewKeys(t *testing.T) {
	t.Parallel()
	file, old := older(t, 22)
	_, err := old.Exec(`INSERT INTO harvested (resource, peer, identifier, stamp, datestamp, round, prefix, digest, sets, raw, about)
		VALUES ('1', 'p', 'oai:x:1', '2026', 5, 2, 'oai_dc', 'd', '[]', '<a/>', '[]'), ('2', 'q', 'oai:x:1', '2027', 6, 3, 'lrmi', 'e', '["s"]', '<b/>', '["c"]');
		INSERT INTO changes (seq, resource, kind, at) VALUES (7, '1', 'put', 70), (9, '2', 'delete', 90)`)
	require.NoError(t, err)
	require.NoError(t, old.Close())

	db, err := Open(t.Context(), "sqlite://"+file)
	require.NoError(t, err)
	defer db.Close()
	text := func(query string) (s string) {
		require.NoError(t, db.Read().QueryRow(query).Scan(&s), query)
		return s
	}
	assert.Equal(t, `1 p oai:x:1 2026 5 2 oai_dc d [] <a/> [],2 q oai:x:1 2027 6 3 lrmi e ["s"] <b/> ["c"]`,
		text(`SELECT group_concat(resource || ' ' || peer || ' ' || identifier || ' ' || stamp || ' ' || datestamp || ' ' || round || ' ' || prefix
			|| ' ' || digest || ' ' || sets || ' ' || raw || ' ' || about) FROM (SELECT * FROM harvested ORDER BY peer)`))
	assert.Equal(t, "7 1 put 70,9 2 delete 90", text(`SELECT group_concat(seq || ' ' || resource || ' ' || kind || ' ' || at) FROM (SELECT * FROM changes ORDER BY seq)`))
}

func TestWhatIsThereIsCountedOnce(t *testing.T) {
	t.Parallel()
	file, old := older(t, 51)
	_, err := old.Exec(`INSERT INTO resources (id, identifier, repository, owner, slug, part, peer, deleted, seq, datestamp, modified, doc, body)
		VALUES ('1', 'i1', '1', 'rosa', 'a', '', '', 0, 1, 1, 0, '{}', ''), ('2', 'i2', '', '', '', '', 'p', 0, 2, 1, 0, '{}', ''),
			('3', 'i3', '', '', '', '', 'p', 0, 3, 1, 0, '{}', ''), ('4', 'i4', '', '', '', '', 'p', 1, 4, 1, 0, '{}', '');
		INSERT INTO addresses (owner, slug, repository, family, tag, stored)
		VALUES ('rosa', 'a', '1', 'f', 'x', 100), ('rosa', 'b', '2', 'f', 'x', 20), ('rosa', 'c', '3', 'f', '', 0), ('kim', 'a', '4', 'f', 'x', 3);
		UPDATE clock SET seq = 4`)
	require.NoError(t, err)
	require.NoError(t, old.Close())

	db, err := Open(t.Context(), "sqlite://"+file)
	require.NoError(t, err)
	defer db.Close()
	var held string
	require.NoError(t, db.Read().QueryRow(`SELECT group_concat(kind || ' ' || name || ' ' || resources || ' ' || stored) FROM (SELECT * FROM holdings ORDER BY kind, name)`).Scan(&held))
	assert.Equal(t, "owner kim 1 3,owner rosa 2 120,peer  1 0,peer p 2 0", held)
	var counted int64
	require.NoError(t, db.Read().QueryRow(`SELECT counted FROM clock`).Scan(&counted))
	assert.EqualValues(t, 4, counted)
}

// older is a database as the migrations up to a number leave it.
func older(t *testing.T, version int64) (file string, db *sql.DB) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "catalog.db")
	db, err := sql.Open("sqlite", "file:"+file)
	require.NoError(t, err)
	folder, err := fs.Sub(migrations, "migrations")
	require.NoError(t, err)
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, folder)
	require.NoError(t, err)
	_, err = provider.UpTo(t.Context(), version)
	require.NoError(t, err)
	return file, db
}

// TestMigrationsLetTheVersionBeforeGoOn: while nodes are upgraded one after the other, the version before reads and writes the
// database that this one's migrations have changed. So they add, with values for what it does not write, and take nothing away
// that it may use.
func TestMigrationsLetTheVersionBeforeGoOn(t *testing.T) {
	t.Parallel()
	const since = 40 // those of before were there when the first nodes were
	refused := func(text string) (all []string) {
		text = regexp.MustCompile(`(?m)--.*$`).ReplaceAllString(text, "")
		for statement := range strings.SplitSeq(text, ";") {
			words := strings.ToUpper(strings.Join(strings.Fields(statement), " "))
			added := strings.Contains(words, " ADD COLUMN ") && (!strings.Contains(words, " NOT NULL") || strings.Contains(words, " DEFAULT "))
			unique := strings.HasPrefix(words, "CREATE UNIQUE INDEX")
			if strings.HasPrefix(words, "DROP TABLE") || strings.HasPrefix(words, "DELETE") || strings.HasPrefix(words, "ALTER TABLE") && !added || unique {
				all = append(all, words)
			}
		}
		return all
	}
	names, err := fs.Glob(migrations, "migrations/*.sql")
	require.NoError(t, err)
	looked := 0
	for _, name := range names {
		var number int
		_, err := fmt.Sscanf(filepath.Base(name), "%04d_", &number)
		require.NoError(t, err, name)
		if number < since {
			continue
		}
		looked++
		b, err := fs.ReadFile(migrations, name)
		require.NoError(t, err)
		assert.Empty(t, refused(string(b)), name)
	}
	assert.Positive(t, looked)
	for _, bad := range []string{
		"DROP TABLE x;", "ALTER TABLE x DROP COLUMN y;", "ALTER TABLE x RENAME TO y;", "ALTER TABLE x\n\tADD COLUMN y TEXT NOT NULL;",
		"CREATE TABLE a (b TEXT); -- more\nDELETE FROM x;", "CREATE UNIQUE INDEX a ON b (c);", "alter table x rename column a to b",
	} {
		assert.Len(t, refused(bad), 1, bad)
	}
	assert.Empty(t, refused("ALTER TABLE x ADD COLUMN y BIGINT NOT NULL DEFAULT 0; ALTER TABLE x ADD COLUMN z TEXT; UPDATE x SET y = 1; -- DROP TABLE x;"))
}

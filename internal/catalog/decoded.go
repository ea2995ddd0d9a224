package catalog

import (
	"database/sql"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/commonplace-oer/commonplace/repository"
)

// Bounds of what is kept decoded: some 10 MB for lessons as they are.
const (
	decodedKept = 4096
	decodedSize = 16 << 10 // bytes of one's JSON
)

// decoded are resources by their ids, with the JSON that they were read from: the same JSON is the same resource, so that
// nobody has to say when something changes. Reading it takes several times as long as fetching it, and the first results of
// searches are often the same. What is kept has no text, number or date of a change.
type decoded struct{ kept *lru.Cache[string, read] }

type read struct {
	doc string
	as  repository.Resource
}

func newDecoded() decoded {
	kept, _ := lru.New[string, read](decodedKept) // fails for a size of 0 only
	return decoded{kept}
}

// scan reads a row of an id and resourceColumns.
func (d decoded) scan(rows *sql.Rows) (repository.Resource, error) {
	var row struct {
		id, doc        sql.RawBytes
		body           string
		deleted        int
		seq, datestamp int64
	}
	if err := rows.Scan(&row.id, &row.doc, &row.body, &row.deleted, &row.seq, &row.datestamp); err != nil {
		return repository.Resource{}, err
	}
	kept, ok := d.kept.Get(string(row.id))
	if !ok || kept.doc != string(row.doc) {
		kept = read{doc: string(row.doc)}
		var err error
		if kept.as, err = decode(kept.doc); err != nil {
			return kept.as, err
		}
		if len(kept.doc) <= decodedSize {
			d.kept.Add(string(row.id), kept)
		}
	}
	r := kept.as
	r.Text, r.Deleted, r.Seq, r.Datestamp = row.body, row.deleted != 0, row.seq, stamp(row.datestamp)
	return r, nil
}

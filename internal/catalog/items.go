package catalog

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository"
)

// item is what harvesters get of one OAI identifier.
type item struct {
	identifier string
	resource   repository.ID
	peer       string // empty for own ones
	deleted    bool   // then the formats and sets of records count only where none are listed yet
	records    repository.Records
}

// place is where a record stands among all records.
func place(format, seq int64) int64 { return format<<44 + seq }

// listed is an item as it is stored.
type listed struct {
	seq      int64
	resource string
	peer     string
	deleted  bool
	sets     string
	records  map[string]rendition // by prefix
}

// rendition is one format of an item as it is stored.
type rendition struct {
	place         int64
	deleted       bool
	rights, about string
	xml           []byte
}

// show makes the list of records show an item. It changes nothing, and returns false, if it is shown like that already.
func (t *ticket) show(ctx context.Context, it item) (bool, error) {
	now, err := t.entry(ctx, it.identifier)
	if err != nil {
		return false, err
	}
	return t.showOver(ctx, it, now)
}

// showOver is show where it is known what is shown now.
func (t *ticket) showOver(ctx context.Context, it item, now *entry) (bool, error) {
	old, found := now.listed, now.found
	sets := old.sets
	if !it.deleted || !found {
		sets = it.setsWith(now.lists)
	}
	if found && old.shows(it, sets) {
		if old.resource == string(it.resource) {
			return false, nil
		}
		err := t.tx.later(ctx, `UPDATE items SET resource = $2, peer = $3 WHERE identifier = $1`, it.identifier, string(it.resource), it.peer)
		return false, err
	}
	if found {
		if err := t.hide(ctx, old); err != nil {
			return false, err
		}
	}
	t.item++
	if err := t.tx.later(ctx, `INSERT INTO items (identifier, seq, resource, peer, datestamp, deleted, sets)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (identifier) DO UPDATE SET seq = excluded.seq, resource = excluded.resource,
			peer = excluded.peer, datestamp = excluded.datestamp, deleted = excluded.deleted, sets = excluded.sets`,
		it.identifier, t.item, string(it.resource), it.peer, t.datestamp, flag(it.deleted), sets); err != nil {
		return false, err
	}
	// A format that the item is not available in any more has a deleted record: that too is for ever.
	prefixes := maps.Clone(it.records.Formats)
	if prefixes == nil {
		prefixes = map[string][]byte{}
	}
	for prefix := range old.records {
		if _, still := prefixes[prefix]; !still {
			prefixes[prefix] = nil
		}
	}
	var values []any
	for _, prefix := range slices.Sorted(maps.Keys(prefixes)) {
		xml := prefixes[prefix]
		format, err := t.format(ctx, prefix)
		if err != nil {
			return false, err
		}
		rights, about, gone := it.records.Rights, it.records.About[prefix], it.deleted || len(xml) == 0
		if gone {
			rights, about, xml = "", nil, nil
		}
		values = append(values, place(format, t.item), it.identifier, t.datestamp, flag(gone), sets, rights, string(about), nonNil(xml))
	}
	if err := t.execRows(ctx, `INSERT INTO records (place, identifier, datestamp, deleted, sets, rights, about, xml) VALUES `, ``, 8, values); err != nil {
		return false, err
	}
	return true, t.join(ctx, t.item, sets)
}

func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// specs are the sets that the item's records name.
func (l listed) specs() []string { return strings.Fields(l.sets) }

// shows reports whether the item is shown already.
func (l listed) shows(it item, sets string) bool {
	if l.deleted != it.deleted || l.sets != sets {
		return false
	}
	if it.deleted {
		return true
	}
	for prefix, xml := range it.records.Formats {
		old, ok := l.records[prefix]
		if !ok || old.deleted || old.rights != it.records.Rights || old.about != string(it.records.About[prefix]) || !bytes.Equal(old.xml, xml) {
			return false
		}
	}
	for prefix, old := range l.records {
		if _, still := it.records.Formats[prefix]; !still && !old.deleted {
			return false
		}
	}
	return true
}

// setsOf are the sets that the records of an item name: its own, and the lists that it is on.
func setsOf(ctx context.Context, q asker, it item) (string, error) {
	lists, err := column(ctx, q, readLists, it.identifier)
	return it.setsWith(lists), err
}

// setsWith is setsOf where the lists are known.
func (it item) setsWith(lists []string) string {
	specs := slices.Clone(it.records.Sets)
	for _, slug := range lists {
		specs = append(specs, federation.ListSpec(slug))
	}
	slices.Sort(specs)
	return strings.Join(specs, " ")
}

// listed reads what is shown of an identifier.
func (t *ticket) listed(ctx context.Context, identifier string) (l listed, found bool, err error) {
	return listedBy(ctx, t.tx, identifier)
}

func listedBy(ctx context.Context, q asker, identifier string) (listed, bool, error) {
	e := newEntry(identifier)
	for _, s := range e.queries()[:2] {
		_, err := sqldb.All(ctx, q, func(row *sql.Rows, _ *struct{}) error { return s.Row(row.Scan) }, s.Query, s.Args...)
		if err != nil || !e.found {
			return e.listed, false, err
		}
	}
	return e.listed, true, nil
}

// hide takes an item's records off their place in the lists.
func (t *ticket) hide(ctx context.Context, l listed) error {
	var places []any
	for _, s := range l.records {
		places = append(places, s.place)
	}
	if err := t.execLists(ctx, `DELETE FROM records WHERE place IN `, nil, places); err != nil {
		return err
	}
	var specs []any
	for _, spec := range withAbove(l.sets) {
		specs = append(specs, spec)
		t.sets[spec]--
	}
	if err := t.execLists(ctx, `DELETE FROM set_items WHERE seq = $1 AND spec IN `, []any{l.seq}, specs); err != nil {
		return err
	}
	t.sets[""]--
	return nil
}

// join makes an item a member of its sets, and of those above them.
func (t *ticket) join(ctx context.Context, seq int64, sets string) error {
	var values []any
	for _, spec := range withAbove(sets) {
		values = append(values, spec, seq)
		t.sets[spec]++
	}
	if err := t.execRows(ctx, `INSERT INTO set_items (spec, seq) VALUES `, ``, 2, values); err != nil {
		return err
	}
	t.sets[""]++
	return nil
}

// withAbove returns the specs of a list with those of all sets above them.
func withAbove(sets string) []string {
	var all []string
	for _, spec := range strings.Fields(sets) {
		for i := range len(spec) {
			if spec[i] == ':' {
				all = append(all, spec[:i])
			}
		}
		all = append(all, spec)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// countSets stores how many items each set holds; of all items, under an empty spec.
func (t *ticket) countSets(ctx context.Context) error {
	var values []any
	for _, spec := range slices.Sorted(maps.Keys(t.sets)) {
		if n := t.sets[spec]; n != 0 {
			values = append(values, spec, n)
		}
	}
	return t.execRows(ctx, `INSERT INTO sets (spec, items) VALUES `, ` ON CONFLICT (spec) DO UPDATE SET items = sets.items + excluded.items`, 2, values)
}

// format returns the number of a metadata format, and gives it one.
func (t *ticket) format(ctx context.Context, prefix string) (number int64, err error) {
	if number, ok := t.c.formats.Load(prefix); ok {
		return number.(int64), nil
	}
	if number, ok := t.formats[prefix]; ok {
		return number, nil
	}
	err = t.tx.QueryRowContext(ctx, `INSERT INTO formats (number, prefix) VALUES ((SELECT COALESCE(MAX(number), 0) + 1 FROM formats), $1)
		ON CONFLICT (prefix) DO UPDATE SET prefix = excluded.prefix RETURNING number`, prefix).Scan(&number)
	if err != nil {
		return 0, fmt.Errorf("number the format %s: %w", prefix, err)
	}
	t.formats[prefix] = number
	return number, nil
}

// formatNumber looks a format's number up; 0 if no record has it.
func (c *Catalog) formatNumber(ctx context.Context, prefix string) (number int64, err error) {
	if number, ok := c.formats.Load(prefix); ok {
		return number.(int64), nil
	}
	err = c.db.Read().QueryRowContext(ctx, `SELECT number FROM formats WHERE prefix = $1`, prefix).Scan(&number)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err == nil {
		c.formats.Store(prefix, number)
	}
	return number, err
}

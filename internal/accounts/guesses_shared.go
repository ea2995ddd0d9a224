package accounts

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"time"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
)

// sharedGuesses is the guesser of several nodes. It keeps keyed hashes of names and addresses in SQL, until the failures do
// not count any more; the key is not in SQL.
type sharedGuesses struct {
	db  *sqldb.DB
	key []byte
}

// hashes are the keys of the rows of a name and of an address.
func (g *sharedGuesses) hashes(name, address string) []string {
	var texts []string
	if name != "" {
		texts = append(texts, "name "+name)
	}
	if address != "" {
		texts = append(texts, "address "+address)
	}
	for i, text := range texts {
		h := hmac.New(sha256.New, g.key)
		h.Write([]byte(text))
		texts[i] = hex.EncodeToString(h.Sum(nil))
	}
	return texts
}

// rows is a database or a transaction.
type rows interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func load(ctx context.Context, from rows, now time.Time, hashes []string) ([]*failures, error) {
	list := make([]*failures, len(hashes))
	for i, hash := range hashes {
		var last, until int64
		f := new(failures)
		err := from.QueryRowContext(ctx, `SELECT failures, newest, until FROM guesses WHERE hash = $1`, hash).Scan(&f.count, &last, &until)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, err
		}
		f.last, f.until = time.UnixMilli(last), time.UnixMilli(until)
		if f.forgotten(now) {
			*f = failures{}
		}
		list[i] = f
	}
	return list, nil
}

func save(ctx context.Context, tx *sql.Tx, hashes []string, list []*failures) error {
	for i, f := range list {
		until := int64(0)
		if !f.until.IsZero() {
			until = f.until.UnixMilli()
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO guesses (hash, failures, newest, until) VALUES ($1, $2, $3, $4)
			ON CONFLICT (hash) DO UPDATE SET failures = excluded.failures, newest = excluded.newest, until = excluded.until`,
			hashes[i], f.count, f.last.UnixMilli(), until); err != nil {
			return err
		}
	}
	return nil
}

func (g *sharedGuesses) begin(ctx context.Context, now time.Time, name, address string) error {
	now = now.Truncate(time.Millisecond)
	hashes := g.hashes(name, address)
	found, err := load(ctx, g.db.Read(), now, hashes) // who must wait costs no turn to write
	if err == nil {
		err = refuse(now, found)
	}
	if err != nil {
		return err
	}
	return g.db.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM guesses WHERE newest < $1`, now.Add(-longestWait-guessMemory).UnixMilli()); err != nil {
			return err
		}
		found, err := load(ctx, tx, now, hashes)
		if err == nil {
			err = refuse(now, found)
		}
		if err != nil {
			return err
		}
		for _, f := range found {
			f.fail(now)
		}
		return save(ctx, tx, hashes, found)
	})
}

func (g *sharedGuesses) succeeded(ctx context.Context, name, address string) error {
	return g.db.Write(ctx, func(tx *sql.Tx) error {
		for _, hash := range g.hashes(name, address) {
			if _, err := tx.ExecContext(ctx, `DELETE FROM guesses WHERE hash = $1`, hash); err != nil {
				return err
			}
		}
		return nil
	})
}

func (g *sharedGuesses) dropped(ctx context.Context, now time.Time, name, address string) error {
	now = now.Truncate(time.Millisecond)
	hashes := g.hashes(name, address)
	return g.db.Write(ctx, func(tx *sql.Tx) error {
		found, err := load(ctx, tx, now, hashes)
		if err != nil {
			return err
		}
		for _, f := range found {
			f.takeBack(now)
		}
		return save(ctx, tx, hashes, found)
	})
}

package catalog

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Floor is how far the numbers and datestamps of a catalog have come. What is given later, even by a catalog that was made
// anew, must be beyond it, or those who ask for all since a number or a time miss changes.
type Floor struct {
	Seq       int64     `json:"seq"`  // of changes
	Item      int64     `json:"item"` // of the list for harvesters
	Datestamp time.Time `json:"datestamp,omitzero"`
}

// Floor is that of now; the zero value where nothing has changed yet.
func (c *Catalog) Floor(ctx context.Context) (f Floor, err error) {
	var at int64
	if err := c.db.Read().QueryRowContext(ctx, `SELECT seq, item, datestamp FROM clock`).Scan(&f.Seq, &f.Item, &at); err != nil {
		return f, fmt.Errorf("read the clock: %w", err)
	}
	if at > 0 {
		f.Datestamp = stamp(at)
	}
	return f, nil
}

// Raise has a new catalog begin beyond a floor.
func (c *Catalog) Raise(ctx context.Context, f Floor) error {
	at := int64(0)
	if !f.Datestamp.IsZero() {
		at = f.Datestamp.Unix()
	}
	err := c.db.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE clock SET counted = CASE WHEN counted = seq THEN $1 ELSE counted END, seq = $1 WHERE seq < $1`, f.Seq); err != nil {
			return err
		}
		for column, least := range map[string]int64{"item": f.Item, "datestamp": at} {
			if _, err := tx.ExecContext(ctx, `UPDATE clock SET `+column+` = $1 WHERE `+column+` < $1`, least); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("set the clock: %w", err)
	}
	return nil
}

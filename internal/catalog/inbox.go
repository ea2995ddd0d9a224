package catalog

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository"
)

// Commit implements federation.Inbox.
func (c *Catalog) Commit(ctx context.Context, p federation.Page) (tally federation.Tally, err error) {
	err = c.change(ctx, func(t *ticket) error {
		tx := t.tx
		tally = federation.Tally{}
		run, err := alive(ctx, tx, p.Run, p.Peer)
		if err != nil {
			return err
		}
		if err := t.begin(ctx); err != nil {
			return err
		}
		for _, h := range p.Records {
			if err := t.receive(ctx, p, h, &tally); err != nil {
				return fmt.Errorf("record %s: %w", h.Identifier, err)
			}
		}
		for _, q := range p.Quarantine {
			if err := quarantine(ctx, tx, p, q); err != nil {
				return err
			}
			// The peer named the record, so a sweep must not take the version that is held.
			if _, err := tx.ExecContext(ctx, `UPDATE harvested SET round = $3 WHERE peer = $1 AND identifier = $2`,
				p.Peer, q.Identifier, p.State.Round); err != nil {
				return err
			}
			tally.Quarantined++
		}
		run.Pages++
		run.Add(tally)
		if p.Size > 0 {
			run.Size = p.Size
		}
		if err := saveRun(ctx, tx, run); err != nil {
			return err
		}
		if err := saveState(ctx, tx, p.Peer, p.State); err != nil {
			return err
		}
		return t.end(ctx)
	})
	if err != nil {
		return federation.Tally{}, fmt.Errorf("store a page of %s: %w", p.Peer, err)
	}
	return tally, nil
}

// receive stores one record and counts what it was.
func (t *ticket) receive(ctx context.Context, p federation.Page, h federation.Harvested, tally *federation.Tally) error {
	id := harvestedID(p.Peer, h.Identifier)
	sum := digest(h)
	var oldDigest string
	var oldDatestamp, oldRound int64
	var oldDeleted int
	err := t.tx.QueryRowContext(ctx, `SELECT h.digest, h.datestamp, h.round, r.deleted FROM harvested h JOIN resources r ON r.id = h.resource
		WHERE h.resource = $1`, string(id)).Scan(&oldDigest, &oldDatestamp, &oldRound, &oldDeleted)
	held := err == nil
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if _, err := t.tx.ExecContext(ctx, `DELETE FROM quarantine WHERE peer = $1 AND entry = $2`, p.Peer, h.Identifier); err != nil {
		return err
	}
	switch {
	case !held && h.Deleted:
		tally.Unchanged++
		return nil
	case held && oldRound == p.State.Round && oldDatestamp > unix(h.Datestamp):
		tally.Unchanged++
		return nil
	case held && (oldDeleted != 0) == h.Deleted && (h.Deleted || oldDigest == sum):
		tally.Unchanged++
		_, err := t.tx.ExecContext(ctx, `UPDATE harvested SET round = $2, datestamp = $3, stamp = $4 WHERE resource = $1`,
			string(id), p.State.Round, unix(h.Datestamp), h.Stamp)
		return err
	case h.Deleted:
		tally.Deleted++
		if _, err := t.tx.ExecContext(ctx, `UPDATE harvested SET round = $2, datestamp = $3, stamp = $4, digest = $5 WHERE resource = $1`,
			string(id), p.State.Round, unix(h.Datestamp), h.Stamp, sum); err != nil {
			return err
		}
		return t.bury(ctx, id)
	case held:
		tally.Changed++
	default:
		tally.New++
	}
	r := resourceOf(p, h)
	if err := t.insert(ctx, r, encode(r)); err != nil {
		return err
	}
	if err := t.link(ctx, r); err != nil {
		return err
	}
	about := make([]string, len(h.About))
	for i, a := range h.About {
		about[i] = string(a)
	}
	_, err = t.tx.ExecContext(ctx,
		`INSERT INTO harvested (resource, peer, identifier, stamp, datestamp, round, prefix, digest, sets, raw, about)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		 ON CONFLICT (resource) DO UPDATE SET stamp = excluded.stamp, datestamp = excluded.datestamp, round = excluded.round,
			prefix = excluded.prefix, digest = excluded.digest, sets = excluded.sets, raw = excluded.raw, about = excluded.about`,
		string(r.ID), p.Peer, h.Identifier, h.Stamp, unix(h.Datestamp), p.State.Round, h.Prefix, sum, encode(h.Sets), string(h.Raw),
		encode(about))
	return err
}

// harvestedID is the id of a peer's record here: the same whenever and however often it is harvested.
func harvestedID(peer, identifier string) repository.ID {
	return repository.ID(uuid.NewSHA1(uuid.NameSpaceURL, []byte(peer+"\n"+identifier)).String())
}

// digest changes when a record must count as changed.
func digest(h federation.Harvested) string {
	sets := slices.Clone(h.Sets)
	slices.Sort(sets)
	sum := sha256.New()
	fmt.Fprintf(sum, "%v\x00%s\x00%q\x00", h.Deleted, h.License, sets)
	sum.Write(h.Raw)
	return hex.EncodeToString(sum.Sum(nil))
}

// resourceOf is a peer's record as a resource of this catalog.
func resourceOf(p federation.Page, h federation.Harvested) repository.Resource {
	r := repository.Resource{
		ID: harvestedID(p.Peer, h.Identifier), Identifier: h.Identifier, Revision: h.Revision, Metadata: h.Metadata,
		License: h.License, Published: p.At.UTC().Truncate(time.Second), Modified: h.Modified,
		Origin: &repository.Origin{
			Peer: p.Peer, URL: h.URL, Git: h.Git, Path: h.Path, Datestamp: h.Datestamp, Harvested: p.At.UTC().Truncate(time.Second),
		},
	}
	if r.Modified.IsZero() {
		r.Modified = h.Datestamp
	}
	if h.Unit != "" {
		r.Unit = harvestedID(p.Peer, h.Unit)
	}
	for _, part := range h.Parts {
		r.Parts = append(r.Parts, harvestedID(p.Peer, part))
	}
	return r
}

func quarantine(ctx context.Context, tx *sql.Tx, p federation.Page, q federation.Quarantined) error {
	q.Peer, q.Run = p.Peer, p.Run
	if q.At.IsZero() {
		q.At = p.At
	}
	entry := q.Identifier
	if entry == "" {
		sum := sha256.Sum256(q.Raw)
		entry = hex.EncodeToString(sum[:])
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO quarantine (peer, entry, at, doc) VALUES ($1, $2, $3, $4)
		ON CONFLICT (peer, entry) DO UPDATE SET at = excluded.at, doc = excluded.doc`, p.Peer, entry, q.At.Unix(), encode(q))
	return err
}

// Quarantine implements federation.Inbox.
func (c *Catalog) Quarantine(ctx context.Context, peer string, limit int) ([]federation.Quarantined, error) {
	rows, err := c.db.Read().QueryContext(ctx,
		`SELECT doc FROM quarantine WHERE peer = $1 ORDER BY at DESC, entry LIMIT $2`, peer, limit)
	if err != nil {
		return nil, err
	}
	return decodeAll[federation.Quarantined](rows)
}

package catalog

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository"
)

// arrival is a record of a page as it is to be stored.
type arrival struct {
	federation.Harvested
	id          repository.ID
	resource    repository.Resource // none of a deleted one
	doc         string
	sets, about string
	sum         string // changes when the record must count as changed
}

func arrivalsOf(p federation.Page) []arrival {
	all := make([]arrival, len(p.Records))
	for i, h := range p.Records {
		a := arrival{Harvested: h, id: harvestedID(p.Peer, h.Identifier)}
		if a.Deleted = h.Deleted || h.Filtered; !a.Deleted {
			a.resource = resourceOf(p, h)
			a.doc = encode(a.resource)
			a.sets = encode(h.Sets)
			about := make([]string, len(h.About))
			for i, element := range h.About {
				about[i] = string(element)
			}
			a.about = encode(about)
		}
		a.sum = digest(h)
		all[i] = a
	}
	return all
}

// standing is what is held of a record.
type standing struct {
	sum              string
	stamp            string
	datestamp, round int64
	deleted          bool
}

// receive stores the records of a page and counts what they were. It asks and writes for all of them at once: what a page
// costs is the number of statements more than that of rows.
func (t *ticket) receive(ctx context.Context, p federation.Page, arrivals []arrival, tally *federation.Tally) error {
	held, err := t.standing(ctx, arrivals)
	if err != nil {
		return err
	}
	var same []string             // held as they are, but for the round
	stored := map[string]int{}    // of arrivals, by id: the last that is to be written
	buried := map[string]bool{}   // held live, and to become tombstones
	restamp := map[string]int{}   // held as they are, under another datestamp
	identifiers := []string(nil)  // that leave the quarantine
	replaced := map[string]bool{} // held before this page
	for i, a := range arrivals {
		id := string(a.id)
		old, found := held[id]
		now := standing{sum: a.sum, stamp: a.Stamp, datestamp: unix(a.Datestamp), round: p.State.Round, deleted: a.Deleted}
		identifiers = append(identifiers, a.Identifier)
		switch {
		case a.Filtered && (!found || old.deleted):
			if tally.Filtered++; found {
				same = append(same, id)
			}
			continue
		case !found && a.Deleted:
			tally.Unchanged++
			continue
		case found && old.round == p.State.Round && old.datestamp > now.datestamp:
			tally.Unchanged++
			continue
		case found && old.deleted == a.Deleted && (a.Deleted || old.sum == a.sum):
			tally.Unchanged++
			if _, writing := stored[id]; writing {
				arrivals[stored[id]].Stamp, arrivals[stored[id]].Datestamp = a.Stamp, a.Datestamp
			} else if old.stamp == a.Stamp && old.datestamp == now.datestamp {
				same = append(same, id)
			} else {
				restamp[id] = i
			}
			now.sum = old.sum
		case a.Deleted:
			tally.Deleted++
			if _, writing := stored[id]; writing && !replaced[id] {
				// It came and went on the same page: what it was is kept in the tombstone.
				if err := t.store(ctx, p, arrivals, stored); err != nil {
					return err
				}
				clear(stored)
			}
			delete(stored, id)
			buried[id], restamp[id] = true, i
		case found:
			tally.Changed++
			stored[id], replaced[id] = i, true
			delete(buried, id)
			delete(restamp, id)
		default:
			tally.New++
			stored[id] = i
		}
		held[id] = now
	}
	if err := t.store(ctx, p, arrivals, stored); err != nil {
		return err
	}
	for id := range buried {
		if err := t.bury(ctx, repository.ID(id)); err != nil {
			return err
		}
	}
	for id, i := range restamp {
		if _, err := t.tx.ExecContext(ctx, `UPDATE harvested SET round = $2, datestamp = $3, stamp = $4, digest = $5 WHERE resource = $1`,
			id, p.State.Round, unix(arrivals[i].Datestamp), arrivals[i].Stamp, held[id].sum); err != nil {
			return err
		}
	}
	for some := range chunks(same) {
		if _, err := t.tx.ExecContext(ctx, `UPDATE harvested SET round = $1 WHERE resource IN `+list(1, len(some)), args(some, p.State.Round)...); err != nil {
			return err
		}
	}
	return t.release(ctx, p.Peer, identifiers)
}

// standing reads what is held of the records of a page.
func (t *ticket) standing(ctx context.Context, arrivals []arrival) (map[string]standing, error) {
	held := make(map[string]standing, len(arrivals))
	ids := make([]string, len(arrivals))
	for i, a := range arrivals {
		ids[i] = string(a.id)
	}
	for some := range chunks(ids) {
		rows, err := t.tx.QueryContext(ctx, `SELECT h.resource, h.digest, h.stamp, h.datestamp, h.round, r.deleted
			FROM harvested h JOIN resources r ON r.id = h.resource WHERE h.resource IN `+list(0, len(some)), args(some)...)
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			var id string
			var s standing
			var deleted int
			if err := rows.Scan(&id, &s.sum, &s.stamp, &s.datestamp, &s.round, &deleted); err != nil {
				_ = rows.Close()
				return nil, err
			}
			s.deleted = deleted != 0
			held[id] = s
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
	}
	return held, nil
}

// store writes the arrivals whose places are given, in the order of the page.
func (t *ticket) store(ctx context.Context, p federation.Page, arrivals []arrival, stored map[string]int) error {
	places := make([]int, 0, len(stored))
	for _, i := range stored {
		places = append(places, i)
	}
	slices.Sort(places)
	var linked []string
	written := map[string]*sql.Stmt{} // a page is some times as long as one statement
	for some := range slices.Chunk(places, rowsAtOnce) {
		changes, resources, harvested := make([]any, 0, 4*len(some)), make([]any, 0, 13*len(some)), make([]any, 0, 11*len(some))
		for _, i := range some {
			a := arrivals[i]
			r := a.resource
			t.seq++
			changes = append(changes, t.seq, string(a.id), changePut, t.datestamp)
			resources = append(resources, string(a.id), r.Identifier, string(r.Repository), r.Address.Owner, r.Address.Slug, r.Origin.Path,
				r.Origin.Peer, 0, t.seq, t.datestamp, unix(r.Modified), a.doc, r.Text)
			harvested = append(harvested, string(a.id), p.Peer, a.Identifier, a.Stamp, unix(a.Datestamp), p.State.Round, a.Prefix, a.sum,
				a.sets, string(a.Raw), a.about)
			linked = append(linked, string(a.id))
		}
		for _, insert := range []struct {
			into string
			args []any
			then string
		}{
			{`changes (seq, resource, kind, at)`, changes, ``},
			{
				`resources (id, identifier, repository, owner, slug, part, peer, deleted, seq, datestamp, modified, doc, body)`, resources,
				` ON CONFLICT (id) DO UPDATE SET identifier = excluded.identifier, repository = excluded.repository, owner = excluded.owner,
				slug = excluded.slug, part = excluded.part, peer = excluded.peer, deleted = excluded.deleted, seq = excluded.seq,
				datestamp = excluded.datestamp, modified = excluded.modified, doc = excluded.doc, body = excluded.body`,
			},
			{
				`harvested (resource, peer, identifier, stamp, datestamp, round, prefix, digest, sets, raw, about)`, harvested,
				` ON CONFLICT (resource) DO UPDATE SET stamp = excluded.stamp, datestamp = excluded.datestamp, round = excluded.round,
				prefix = excluded.prefix, digest = excluded.digest, sets = excluded.sets, raw = excluded.raw, about = excluded.about`,
			},
		} {
			query := `INSERT INTO ` + insert.into + ` VALUES ` + tuples(len(some), len(insert.args)/len(some)) + insert.then
			prepared := written[query]
			if prepared == nil {
				var err error
				if prepared, err = t.tx.PrepareContext(ctx, query); err != nil {
					return err
				}
				defer prepared.Close()
				written[query] = prepared
			}
			if _, err := prepared.ExecContext(ctx, insert.args...); err != nil {
				return err
			}
		}
	}
	for some := range chunks(linked) {
		if _, err := t.tx.ExecContext(ctx, `DELETE FROM links WHERE resource IN `+list(0, len(some)), args(some)...); err != nil {
			return err
		}
	}
	for _, i := range places {
		if m := arrivals[i].resource.Metadata; len(m.Sources) > 0 || m.TranslationOf != nil {
			if err := t.link(ctx, arrivals[i].resource); err != nil {
				return fmt.Errorf("record %s: %w", arrivals[i].Identifier, err)
			}
		}
	}
	return nil
}

// release takes records that could be accepted after all out of the quarantine.
func (t *ticket) release(ctx context.Context, peer string, identifiers []string) error {
	for some := range chunks(identifiers) {
		if _, err := t.tx.ExecContext(ctx, `DELETE FROM quarantine WHERE peer = $1 AND entry IN `+list(1, len(some)), args(some, peer)...); err != nil {
			return err
		}
	}
	return nil
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
	fmt.Fprintf(sum, "%v\x00%s\x00%q\x00%s\x00", h.Deleted, h.License, sets, encode(h.Metadata))
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

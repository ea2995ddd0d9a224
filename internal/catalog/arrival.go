package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository"
)

// What a page is compared and stored with. A new row is inserted plainly: for a statement that may turn out to be an update
// SQLite keeps a journal of its own.
var (
	readStanding = `SELECT r.id, r.deleted, h.resource IS NOT NULL,
			COALESCE(h.digest, ''), COALESCE(h.stamp, ''), COALESCE(h.datestamp, 0), COALESCE(h.round, 0)
		FROM resources r LEFT JOIN harvested h ON h.peer = r.peer AND h.identifier = r.identifier WHERE r.id IN ` + list(0, valuesAtOnce)

	insertChange = `INSERT INTO changes (seq, resource, kind, at) VALUES ($1, $2, $3, $4)`

	insertResource = `INSERT INTO resources (identifier, part, peer, seq, datestamp, modified, doc, id, deleted, repository, owner, slug, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, '', '', '', '')`
	updateResource = `UPDATE resources SET identifier = $1, part = $2, peer = $3, seq = $4, datestamp = $5, modified = $6, doc = $7, deleted = 0
		WHERE id = $8`

	insertHarvested = `INSERT INTO harvested (stamp, datestamp, round, prefix, digest, sets, raw, about, resource, peer, identifier)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	updateHarvested = `UPDATE harvested SET stamp = $1, datestamp = $2, round = $3, prefix = $4, digest = $5, sets = $6, raw = $7,
		about = $8, resource = $9 WHERE peer = $10 AND identifier = $11`
	restampHarvested = `UPDATE harvested SET round = $1, datestamp = $2, stamp = $3, digest = $4 WHERE peer = $5 AND identifier = $6`

	anyQuarantined = `SELECT COUNT(*) FROM (SELECT 1 FROM quarantine WHERE peer = $1 LIMIT 1) AS held`
)

// harvesting are the statements of every page: prepared once, since to prepare them takes longer than some of them.
var harvesting = []string{
	readClock, setClock, readRun, setRun, setState, readStanding, insertChange, insertResource, updateResource, insertHarvested,
	updateHarvested, restampHarvested, anyQuarantined,
}

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
	var next atomic.Int64
	var done sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(all)) {
		done.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(all); i = int(next.Add(1)) - 1 {
				all[i] = arrivalOf(p, p.Records[i])
			}
		})
	}
	done.Wait()
	return all
}

func arrivalOf(p federation.Page, h federation.Harvested) arrival {
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
	return a
}

// standing is what is held of a record.
type standing struct {
	resource, row    bool // there are rows in resources, in harvested: a removed peer leaves tombstones in the one alone
	live             bool // the row in resources is no tombstone
	sum              string
	stamp            string
	datestamp, round int64
	deleted          bool
	stored           bool // by this page
}

// receive stores the records of a page and counts what they were. It asks and writes for all of them at once: what a page
// costs is the number of statements more than that of rows.
func (t *ticket) receive(ctx context.Context, p federation.Page, arrivals []arrival, tally *federation.Tally) error {
	arrivals, err := t.withhold(ctx, arrivals)
	if err != nil {
		return err
	}
	held, err := t.standing(ctx, arrivals)
	if err != nil {
		return err
	}
	var same []string             // identifiers of those that are held as they are, but for the round
	stored := map[string]int{}    // of arrivals, by id: the last that is to be written
	buried := map[string]bool{}   // held live, and to become tombstones
	restamp := map[string]int{}   // held as they are, under another datestamp
	identifiers := []string(nil)  // that leave the quarantine
	replaced := map[string]bool{} // held before this page
	for i, a := range arrivals {
		id := string(a.id)
		old := held[id]
		found := old.row || old.stored
		now := standing{
			resource: old.resource, row: old.row, live: old.live, stored: true,
			sum: a.sum, stamp: a.Stamp, datestamp: unix(a.Datestamp), round: p.State.Round, deleted: a.Deleted,
		}
		identifiers = append(identifiers, a.Identifier)
		switch {
		case a.Filtered && (!found || old.deleted):
			if tally.Filtered++; found {
				same = append(same, a.Identifier)
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
				same = append(same, a.Identifier)
			} else {
				restamp[id] = i
			}
			now.sum = old.sum
		case a.Deleted:
			tally.Deleted++
			if _, writing := stored[id]; writing && !replaced[id] {
				// It came and went on the same page: what it was is kept in the tombstone.
				if err := t.store(ctx, p, arrivals, stored, held); err != nil {
					return err
				}
				clear(stored)
				now.resource, now.row, now.live = true, true, true
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
	if err := t.store(ctx, p, arrivals, stored, held); err != nil {
		return err
	}
	for id := range buried {
		if err := t.bury(ctx, repository.ID(id)); err != nil {
			return err
		}
	}
	for id, i := range restamp {
		if _, err := t.tx.ExecContext(ctx, restampHarvested, p.State.Round, unix(arrivals[i].Datestamp), arrivals[i].Stamp,
			held[id].sum, p.Peer, arrivals[i].Identifier); err != nil {
			return err
		}
	}
	if err := t.named(ctx, p, same); err != nil {
		return err
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
		all := args(some)
		for len(all) < valuesAtOnce { // one text for any number, so that it is prepared
			all = append(all, "")
		}
		rows, err := t.tx.QueryContext(ctx, readStanding, all...)
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			var id string
			s := standing{resource: true}
			var deleted int
			if err := rows.Scan(&id, &deleted, &s.row, &s.sum, &s.stamp, &s.datestamp, &s.round); err != nil {
				_ = rows.Close()
				return nil, err
			}
			s.deleted, s.live = deleted != 0, deleted == 0
			held[id] = s
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
	}
	return held, nil
}

// store writes the arrivals whose places are given, in the order of the page.
func (t *ticket) store(ctx context.Context, p federation.Page, arrivals []arrival, stored map[string]int, held map[string]standing) error {
	places := make([]int, 0, len(stored))
	for _, i := range stored {
		places = append(places, i)
	}
	slices.Sort(places)
	for _, i := range places {
		a := &arrivals[i]
		id := string(a.id)
		intoResources, intoHarvested := insertResource, insertHarvested
		now := held[id]
		if now.resource {
			intoResources = updateResource
		}
		if now.row {
			intoHarvested = updateHarvested
		}
		t.seq++
		if _, err := t.tx.ExecContext(ctx, insertChange, t.seq, id, changePut, t.datestamp); err != nil {
			return err
		}
		if _, err := t.tx.ExecContext(ctx, intoResources, a.Identifier, a.Path, p.Peer, t.seq, t.datestamp,
			unix(a.resource.Modified), a.doc, id); err != nil {
			return err
		}
		if _, err := t.tx.ExecContext(ctx, intoHarvested, a.Stamp, unix(a.Datestamp), p.State.Round, a.Prefix, a.sum, a.sets,
			string(a.Raw), a.about, id, p.Peer, a.Identifier); err != nil {
			return err
		}
		if m := a.resource.Metadata; now.resource || len(m.Sources) > 0 || m.TranslationOf != nil {
			if err := t.link(ctx, a.resource); err != nil {
				return fmt.Errorf("record %s: %w", a.Identifier, err)
			}
		}
		if !now.live {
			t.live(p.Peer, 1)
		}
		now.resource, now.row, now.live = true, true, true
		held[id] = now
	}
	return nil
}

// release takes records that could be accepted after all out of the quarantine.
func (t *ticket) release(ctx context.Context, peer string, identifiers []string) error {
	var held int
	if err := t.tx.QueryRowContext(ctx, anyQuarantined, peer).Scan(&held); err != nil || held == 0 {
		return err
	}
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
	if access := encode(h.Access); access != "{}" { // so that what came before it was kept is read anew
		sum.Write([]byte(access))
	}
	sum.Write(h.Raw)
	return hex.EncodeToString(sum.Sum(nil))
}

// resourceOf is a peer's record as a resource of this catalog.
func resourceOf(p federation.Page, h federation.Harvested) repository.Resource {
	harvested := p.Answered // what the guidelines on provenance want told on the way
	if harvested.IsZero() {
		harvested = p.At
	}
	r := repository.Resource{
		ID: harvestedID(p.Peer, h.Identifier), Identifier: h.Identifier, Revision: h.Revision, Metadata: h.Metadata,
		License: h.License, Released: h.Release, Published: p.At.UTC().Truncate(time.Second), Modified: h.Modified, Access: h.Access,
		Origin: &repository.Origin{
			Peer: p.Peer, URL: h.URL, Git: h.Git, Path: h.Path, Datestamp: h.Datestamp, Harvested: harvested.UTC().Truncate(time.Second),
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

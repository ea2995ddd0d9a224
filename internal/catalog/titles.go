package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"
)

// titlesKept is how long the names of peers are kept: every page shows some, and another node may change them.
const titlesKept = time.Second

// titles are the names of peers as they were read last.
type titles struct{ last atomic.Pointer[readTitles] }

type readTitles struct {
	at     time.Time
	byName map[string]string
}

// PeerTitles returns what peers call themselves, by their names here. What another node has changed within the last second
// may be missing. The map is shared and not to be changed.
func (c *Catalog) PeerTitles(ctx context.Context) (map[string]string, error) {
	if kept := c.titles.last.Load(); kept != nil && time.Since(kept.at) < titlesKept {
		return kept.byName, nil
	}
	kept := c.titles.last.Load()
	now := &readTitles{at: time.Now(), byName: map[string]string{}}
	rows, err := c.db.Read().QueryContext(ctx, `SELECT name, doc FROM peers`)
	if err != nil {
		return nil, fmt.Errorf("names of peers: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var name, doc string
		var peer struct{ Title string }
		if err := rows.Scan(&name, &doc); err != nil {
			return nil, fmt.Errorf("names of peers: %w", err)
		}
		if err := json.Unmarshal([]byte(doc), &peer); err != nil {
			return nil, fmt.Errorf("name of the peer %s: %w", name, err)
		}
		now.byName[name] = peer.Title
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("names of peers: %w", err)
	}
	c.titles.last.CompareAndSwap(kept, now) // a change since is not covered by what was read before it
	return now.byName, nil
}

// changed has the names read anew.
func (t *titles) changed() { t.last.Store(&readTitles{}) }

package catalog

import (
	"context"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/commonplace-oer/commonplace/repository"
)

// Bounds of what is kept: some 20 MB for lessons as they are.
const (
	recentKept = 4096
	recentSize = 16 << 10 // bytes of one's JSON and text
	followed   = 500      // changes that are followed; where there are as many, all is read anew
)

// recent are resources that were asked for, by their ids: the first results of searches are often the same. Whatever changes
// one has a number in the feed of changes, on any node, and is committed with it. So what is kept is right as of a number: who
// asks reads first what has changed since, which is one short range of a table, and nothing is told about changes otherwise.
type recent struct {
	mu   sync.Mutex
	seq  int64 // what is kept is as of this change or a later one; 0: nothing was read yet
	kept *lru.Cache[repository.ID, repository.Resource]
}

func newRecent() *recent {
	kept, _ := lru.New[repository.ID, repository.Resource](recentKept) // fails for a size of 0 only
	return &recent{kept: kept}
}

// follow forgets what has changed, and returns the number of the newest change.
func (c *Catalog) follow(ctx context.Context) (seq int64, err error) {
	c.recent.mu.Lock()
	seq = c.recent.seq
	c.recent.mu.Unlock()
	var changed []repository.ID
	if seq > 0 {
		rows, err := c.db.Ready().QueryContext(ctx, `SELECT seq, resource FROM changes WHERE seq > $1 ORDER BY seq LIMIT $2`, seq, followed)
		if err != nil {
			return 0, err
		}
		defer rows.Close()
		for rows.Next() {
			var id repository.ID
			if err := rows.Scan(&seq, &id); err != nil {
				return 0, err
			}
			changed = append(changed, id)
		}
		if err := rows.Err(); err != nil {
			return 0, err
		}
	}
	anew := seq == 0 || len(changed) == followed
	if anew {
		if seq, err = c.Seq(ctx); err != nil {
			return 0, err
		}
	}
	c.recent.forget(seq, changed, anew)
	return seq, nil
}

// forget forgets some, or all, of what was kept before a change.
func (r *recent) forget(seq int64, changed []repository.ID, all bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if all {
		r.kept.Purge()
	}
	for _, id := range changed {
		r.kept.Remove(id)
	}
	r.seq = max(r.seq, seq)
}

// keep keeps a resource that was read after follow had returned a number. It does not where somebody has followed further
// since: what was read may be from before that.
func (r *recent) keep(seq int64, one repository.Resource) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seq == seq {
		r.kept.Add(one.ID, one)
	}
}

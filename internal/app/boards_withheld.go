package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// withheld are the works that moderators took down: what lists and logs do not name any more.
type withheld struct {
	sum       string          // of all takedowns
	addresses map[string]bool // of this server's, owner/slug
	records   map[string]bool // OAI identifiers of harvested ones
	site      string          // what addresses of this server's resources begin with
}

func (w *withheld) has(work approval.Work) bool {
	if w.records[work.Identifier] {
		return true
	}
	rest, own := strings.CutPrefix(work.URL, w.site)
	if !own || len(w.addresses) == 0 {
		return false
	}
	at, ok := repository.ParseAddress(rest)
	return ok && w.addresses[at.Root().String()]
}

// heldBack keeps what was withheld last, as long as nothing is taken down or restored.
type heldBack struct {
	mu   sync.Mutex
	last *withheld
}

// Withheld reports of works whether they are taken down here.
func (b *Boards) Withheld(ctx context.Context) (func(approval.Work) bool, error) {
	w, err := b.withheld(ctx)
	if err != nil {
		return nil, err
	}
	return w.has, nil
}

func (b *Boards) withheld(ctx context.Context) (*withheld, error) {
	down, err := b.app.Accounts.TakenDown(ctx)
	if err != nil {
		return nil, err
	}
	all := slices.Sorted(maps.Keys(down))
	hash := sha256.Sum256([]byte(strings.Join(all, "\n")))
	w := &withheld{
		sum: hex.EncodeToString(hash[:]), addresses: map[string]bool{}, records: map[string]bool{}, site: b.app.Config.BaseURL + "/r/",
	}
	b.back.mu.Lock()
	defer b.back.mu.Unlock()
	if b.back.last != nil && b.back.last.sum == w.sum {
		return b.back.last, nil
	}
	for _, address := range all {
		id, record := accounts.RecordOf(address)
		if !record {
			w.addresses[address] = true
			continue
		}
		r, err := b.app.Catalog.ByID(ctx, repository.ID(id))
		if errors.Is(err, kind.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		w.records[r.Identifier] = true
	}
	b.back.last = w
	return w, nil
}

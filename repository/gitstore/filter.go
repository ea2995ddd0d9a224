package gitstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// filter leaves files out of a pack: a partial clone, which asks for them by id when it needs them.
type filter struct {
	on      bool
	largest int64 // bytes of a file that is sent; -1 sends none
}

func parseFilter(spec string) (f filter, err error) {
	if spec == "blob:none" {
		return filter{on: true, largest: -1}, nil
	}
	size, ok := strings.CutPrefix(spec, "blob:limit=")
	shift := 0
	for i, unit := range []string{"k", "m", "g"} {
		if number, has := strings.CutSuffix(size, unit); has {
			size, shift = number, 10*(i+1)
		}
	}
	n, err := strconv.ParseInt(size, 10, 32)
	if !ok || err != nil || n < 0 {
		return f, refusal(fmt.Sprintf("the filter %.40q is not supported, blob:none and blob:limit=<size> are", spec))
	}
	return filter{on: true, largest: n<<shift - 1}, nil
}

// keep takes those files out of a list that are neither wanted by id nor small enough.
func (f filter) keep(ctx context.Context, ps *packs, list, wants []oid) ([]oid, error) {
	if !f.on {
		return list, nil
	}
	wanted := make(map[oid]bool, len(wants))
	for _, id := range wants {
		wanted[id] = true
	}
	kept := list[:0]
	for _, id := range list {
		is, err := ps.kindOf(ctx, id)
		if err != nil {
			return nil, err
		}
		if is == plumbing.BlobObject && !wanted[id] {
			if f.largest < 0 {
				continue
			}
			size, err := ps.size(ctx, id)
			if err != nil {
				return nil, err
			}
			if size > f.largest {
				continue
			}
		}
		kept = append(kept, id)
	}
	return kept, nil
}

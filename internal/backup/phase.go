package backup

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/blob"
)

// phase says which step reads a key.
type phase int

const (
	never phase = iota
	first       // refers to repositories
	manifests
	people
	last // is referred to, and never changes or only grows
)

func (w *writer) phase(key string) phase {
	in := func(prefixes ...string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) })
	}
	switch {
	case in(skipped...) || in(w.Skip...):
		return never
	case in("f/"):
		return manifests
	case in("backup/"):
		return people
	case in("media/", "standards/", "erased/"):
		return last
	}
	return first
}

// list are the blobs that a step reads.
func (w *writer) list(ctx context.Context, prefix string, of phase) (all []blob.Info, err error) {
	for info, err := range w.Bucket.List(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		if w.phase(info.Key) == of {
			all = append(all, info)
		}
	}
	w.mu.Lock()
	w.total += len(all)
	w.mu.Unlock()
	return all, nil
}

// numbered is an object of a log, in which each comes after the one with the number before.
var numbered = regexp.MustCompile(`^(decisions/.*/log/)(\d{8})$`)

// fill adds what a listing missed because it was put while the listing ran: an object of a log is there if a later one is.
func fill(all []blob.Info) []blob.Info {
	found, highest := map[string]bool{}, map[string]int{}
	for _, info := range all {
		if m := numbered.FindStringSubmatch(info.Key); m != nil {
			n, _ := strconv.Atoi(m[2])
			found[info.Key], highest[m[1]] = true, max(highest[m[1]], n)
		}
	}
	for log, n := range highest {
		for i := 1; i < n; i++ {
			if key := fmt.Sprintf("%s%08d", log, i); !found[key] {
				all = append(all, blob.Info{Key: key, Size: -1})
			}
		}
	}
	return all
}

package gitstore

import (
	"context"
	"fmt"
	"time"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// A pack that no manifest lists is garbage, or an operation is about to list it: the pack was just uploaded, or its source
// was just repacked while it is being remixed. What keeps Sweep from deleting the second kind:
//
//   - Every upload has a key of its own. Nobody ever relies on a pack that was there already.
//   - Every operation that lists packs ends within half the grace period after it uploaded them, or read the manifest that
//     it takes them from: bounded.
//   - A pack is marked when it is first seen unlisted, at the end of that look, and deleted when a look that began more than
//     the grace period later still finds it so: sweeper.judge.
//   - Packs are listed before the manifests are read; and manifests that changed while they were read are not judged by.
//   - Whoever drops a pack from a manifest takes its mark away first: forgive. A mark therefore says that the pack has not
//     been listed since.
const defaultGrace = 24 * time.Hour

// errRepacked says that the packs which an operation builds on are not listed any more.
var errRepacked = fmt.Errorf("%w: what this builds on was repacked", kind.ErrConflict)

// bounded ends an operation half the grace period after since: later, Sweep may have deleted the packs that it would list.
func (s *Store) bounded(ctx context.Context, since time.Time) (context.Context, context.CancelFunc) {
	return context.WithDeadline(ctx, since.Add(s.o.Grace/2))
}

// brief ends the few requests between looking at the marks and changing a manifest or the marks.
func (s *Store) brief(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.o.Grace/4)
}

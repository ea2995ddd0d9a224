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
//     it takes them from: bounded. So must anything that will ever replace a manifest.
//   - A pack that is seen unlisted is marked with the time, after the packs were listed and then the manifests read. What
//     was being uploaded then is listed half the grace period later, or never.
//   - It is deleted when a look that began more than the grace period after the mark finds it unlisted still. What counts is
//     when the look began, not when the pack is deleted: sweeper.judge.
//   - Whoever drops a pack from a manifest first takes its mark away: forgive. Therefore a marked pack has been dropped by
//     nobody since, and one that is marked and unlisted has not been listed since. As a drop may fall into a look, the marks
//     are read again after it: sweeper.confirm. From looking for the mark to the drop, and from the look to the mark, it
//     takes at most a quarter of the grace period: brief.
//
// Only swap, and Erase in its own way, may drop packs. Manifests are never deleted.
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

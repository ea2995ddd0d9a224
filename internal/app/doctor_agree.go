package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/commonplace-oer/commonplace/internal/catalog"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/search"
)

// sampled is how many repositories the doctor compares; verify reads all.
const sampled = 500

// settling is how long what is published at this moment may take to be everywhere.
const settling = time.Second

// bucketAgrees compares a sample of the catalog with the manifests in the bucket.
func (d *doctor) bucketAgrees(ctx context.Context, git *gitstore.Store, c *catalog.Catalog) {
	const check = "catalog and bucket"
	found, err := compareManifests(ctx, git, c)
	if err == nil && found.differ > 0 && d.live != nil { // somebody may have published just now
		time.Sleep(settling)
		found, err = compareManifests(ctx, git, c)
	}
	differ := fmt.Sprintf("%d of %d repositories differ, such as %s", found.differ, found.compared, found.example)
	switch {
	case err != nil:
		d.failed(check, err.Error(), "mend the bucket or the database first")
	case found.unread > 0:
		d.failed(check, fmt.Sprintf("%s; %d of those that differ cannot be read, such as %s", differ, found.unread, found.why),
			"run commonplace verify, which names every damage, and bring the files back from a backup; what is missing in the bucket is withdrawn by the next start or rebuild")
	case found.differ > 0 && d.live == nil:
		d.hint(check, differ, "none needed: the next start shows what the bucket has")
	case found.differ > 0:
		d.failed(check, differ, "run commonplace rebuild; then commonplace verify, which reads every object")
	default:
		d.fine(check, fmt.Sprintf("%d repositories compared", found.compared))
	}
}

// sameBucket tells whether the catalog may be that of the bucket: whether a start would take the two.
func (d *doctor) sameBucket(ctx context.Context, bucket blob.Store, c *catalog.Catalog) bool {
	var s settings
	if err := readJSON(ctx, bucket, settingsKey, &s); err != nil && !errors.Is(err, blob.ErrNotFound) {
		return true // contents has said so
	}
	_, err := belong(ctx, bucket, c, s)
	if errors.Is(err, errOtherBucket) {
		d.failed("catalog and bucket", err.Error(), "a server with these settings does not start; look at --bucket and --database of one that runs")
	}
	return !errors.Is(err, errOtherBucket)
}

// comparison is what compareManifests found.
type comparison struct {
	compared, differ, unread int // unread: of those that differ, and were tried
	example                  string
	why                      error // the first of unread
}

// compareManifests looks at repositories of the catalog, which a map gives in no order, and at the first ones of the bucket. It
// tries to read some of those that differ.
func compareManifests(ctx context.Context, git *gitstore.Store, c *catalog.Catalog) (all comparison, err error) {
	known, err := c.Reservations(ctx)
	if err != nil {
		return all, err
	}
	n := 0
	for listed, err := range git.Manifests(ctx) {
		if err != nil {
			return all, err
		}
		if n++; n > sampled {
			break
		}
		all.compared++
		if known[repository.ID(listed.Location.Repository)].Tag != listed.Tag {
			all.different(ctx, git, listed.Location, listed.Location.String())
		}
		delete(known, repository.ID(listed.Location.Repository))
	}
	for id, at := range known {
		if n++; n > 2*sampled {
			break
		}
		if at.Tag == "" { // reserved, and not published yet
			continue
		}
		all.compared++
		place := gitstore.Location{Family: at.Family, Repository: string(id)}
		if r, err := git.Open(ctx, place); err != nil || r.Tag() != at.Tag {
			all.different(ctx, git, place, at.Owner+"/"+at.Slug)
		}
	}
	return all, context.Cause(ctx)
}

// different counts a repository that differs, and tries to read it.
func (all *comparison) different(ctx context.Context, git *gitstore.Store, at gitstore.Location, name string) {
	const tried = 50
	all.differ++
	if all.example == "" {
		all.example = name
	}
	if all.differ > tried || ctx.Err() != nil {
		return
	}
	r, err := git.Open(ctx, at)
	if err == nil && r.Head() != "" {
		_, err = r.Tree(ctx, r.Head())
	}
	if err == nil {
		return
	}
	all.unread++
	if all.why == nil {
		all.why = fmt.Errorf("%s: %w", name, err)
	}
}

// countsAgree compares what is counted with the tables.
func (d *doctor) countsAgree(ctx context.Context, c *catalog.Catalog) {
	const check = "counts"
	wrong, err := c.Miscounted(ctx)
	switch {
	case err != nil:
		d.failed(check, err.Error(), "mend the database first")
	case wrong > 0 && d.live == nil:
		d.hint(check, fmt.Sprintf("%d counts of resources differ from what is there", wrong), "none needed: the next start counts anew")
	case wrong > 0:
		d.failed(check, fmt.Sprintf("%d counts of resources differ from what is there", wrong), "restart the server: it counts anew. While nodes of an older version write, they will differ again")
	default:
		d.fine(check, "peers and owners have as many resources as are counted")
	}
}

// indexAgrees compares the index with the catalog: how far it has followed, and how much it holds.
func (d *doctor) indexAgrees(ctx context.Context, index *search.Live, c *catalog.Catalog) {
	const check = "index and catalog"
	behind, missing, err := compareIndex(ctx, index, c)
	if err == nil && (behind > 0 || missing != 0) && d.live != nil {
		time.Sleep(settling)
		behind, missing, err = compareIndex(ctx, index, c)
	}
	switch {
	case err != nil:
		d.failed(check, err.Error(), "delete the folder of the index: the next start makes it anew")
	case behind < 0:
		d.failed(check, fmt.Sprintf("the index has %d changes that the catalog has not", -behind), "restart the server: it makes the index anew")
	case behind > 0 && d.live == nil:
		d.hint(check, fmt.Sprintf("%d changes are not in the index", behind), "none needed: the next start brings them in")
	case behind > 0:
		d.failed(check, fmt.Sprintf("%d changes are not in the index, and it does not follow", behind), "look in the log for “search index not up to date”; the disk may be full")
	case missing != 0:
		d.failed(check, fmt.Sprintf("the catalog has %d resources more than the index", missing), "run commonplace rebuild")
	default:
		d.fine(check, "they have the same changes, and as many resources")
	}
}

func compareIndex(ctx context.Context, index *search.Live, c *catalog.Catalog) (behind int64, missing int, err error) {
	counts, err := c.Counts(ctx)
	if err != nil {
		return 0, 0, err
	}
	seq, err := c.Seq(ctx)
	if err != nil {
		return 0, 0, err
	}
	held, err := index.Count()
	if err != nil {
		return 0, 0, err
	}
	behind = seq - index.Seq()
	if behind == 0 {
		missing = counts.Own + counts.Harvested - held
	}
	return behind, missing, nil
}

package search

import (
	"context"
	"errors"
	"fmt"
	"strconv"
)

// ErrOutdated says that an index was made by an older version of this package or from another feed. It can perhaps be
// searched, but is to be rebuilt. Errors that are ErrOutdated are ErrCorrupt as well.
var ErrOutdated = errors.New("outdated")

// errFeed says that the numbers of an index are of another feed.
var errFeed = fmt.Errorf("%w: it is of another catalog", ErrOutdated)

// keyFeed has the name of the feed that an index follows.
var keyFeed = []byte("commonplace/feed")

// outdatedFormat judges an index of another format. Older ones may be readable; newer ones are not.
func outdatedFormat(got []byte) error {
	was, err := strconv.Atoi(string(got))
	is, _ := strconv.Atoi(format)
	if err != nil || was <= 0 || was > is {
		return fmt.Errorf("its format is %q and not %q", got, format)
	}
	return fmt.Errorf("%w: its format is %q and not %q", ErrOutdated, got, format)
}

// openOutdated opens an index of an older format or of another feed if it can be read, which a search for everything
// with all facets finds out. One of an older format finds the words of a phrase wherever they stand, and says so: where
// they stand was kept otherwise.
func openOutdated(dir string, o Options) (x *Index, err error) {
	o.outdated = true
	if x, err = Open(dir, o); err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", ErrCorrupt, r)
		}
		if err != nil {
			_ = x.Close()
			x = nil
		}
	}()
	ctx := context.Background()
	found, err := x.Search(ctx, Request{Size: 1})
	if err != nil {
		return x, err
	}
	if n, err := x.Count(); err != nil || n > 0 && len(found.Hits) == 0 {
		return x, errors.Join(ErrCorrupt, err)
	}
	_, err = x.Suggest(ctx, "a", "", 1)
	return x, err
}

package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"github.com/commonplace-oer/commonplace/internal/catalog"
	"github.com/commonplace-oer/commonplace/repository/blob"
)

// bucketSetting is what a catalog knows its bucket by.
const bucketSetting = "bucket"

// errOtherBucket says that a catalog and a bucket do not belong together. To heal such a catalog would be to withdraw all that
// it shows, before the eyes of every harvester.
var errOtherBucket = errors.New("the catalog is that of another bucket, and all that it shows would be withdrawn: correct --bucket or --database; to make the catalog of this bucket, give a new database")

// sameBucket refuses the catalog of another bucket, as where a node is started without its --bucket. A new catalog, and that
// of an earlier version, is taken for this bucket's from now on.
func (a *App) sameBucket(ctx context.Context, bucket blob.Store) error {
	known, err := belong(ctx, bucket, a.Catalog, a.settings)
	if err != nil || known {
		return err
	}
	return a.Catalog.SetSetting(ctx, bucketSetting, a.settings.mark())
}

// belong is errOtherBucket where a catalog is known to be that of another bucket, and tells whether it is known to be this
// one's. A bucket that was restored is another one: its numbers go on far beyond those of the catalog that was before.
func belong(ctx context.Context, bucket blob.Store, c *catalog.Catalog, s settings) (known bool, err error) {
	mark, err := c.Setting(ctx, bucketSetting)
	if err != nil {
		return false, err
	}
	if mark != "" && mark != s.mark() {
		return false, errOtherBucket
	}
	filled, err := c.Setting(ctx, restoredSetting)
	if err != nil || filled == "" {
		return mark != "", err
	}
	floor, err := (&keeper{bucket: bucket}).readClock(ctx)
	if err != nil {
		return false, err
	}
	now, err := c.Floor(ctx)
	if err != nil {
		return false, err
	}
	if now.Seq > 0 && floor.Seq-now.Seq >= restoredStride {
		return false, errOtherBucket
	}
	return mark != "", nil
}

// mark tells the bucket from others, and nothing of its secret.
func (s settings) mark() string {
	mac := hmac.New(sha256.New, s.Secret)
	mac.Write([]byte("bucket of a catalog"))
	return hex.EncodeToString(mac.Sum(nil))
}

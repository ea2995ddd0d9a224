package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/internal/catalog"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/search"
)

// Health is what the doctor says of one thing.
type Health string

// What Hinted names works, but less well than it could; what Failed names has to be mended.
const (
	Fine   Health = "ok"
	Hinted Health = "hint"
	Failed Health = "failed"
)

// Finding is one thing that the doctor looked at.
type Finding struct {
	Check  string `json:"check"`
	Health Health `json:"health"`
	Found  string `json:"found"`
	Remedy string `json:"remedy,omitempty"` // of a hint or a failure
}

// doctor looks at one server's parts, in the order in which a start needs them.
type doctor struct {
	config config.Config
	now    func() time.Time
	report func(Finding)
	live   *App // nil where no server holds the data folder
}

// Doctor looks at everything that a server with these settings needs, and reports each thing once. It mends nothing: all
// that it leaves behind is what a start would leave, such as an empty data folder or a migrated database. It is ErrLocked
// while another process holds the folder; that one's [App.Doctor] knows more.
func Doctor(ctx context.Context, c config.Config, report func(Finding)) (err error) {
	d := &doctor{config: c, now: time.Now, report: report}
	if err := d.config.Check(); err != nil {
		d.failed("settings", err.Error(), "correct the setting in the file, in COMMONPLACE_…, or among the flags")
		return nil
	}
	lock, err := lockFolder(d.config.Data)
	if errors.Is(err, ErrLocked) { // before anything is reported: the other process reports all of it
		return err
	}
	d.settings()
	if err != nil {
		d.failed("data folder", err.Error(), remedyOf(err, "have the user that runs the server own the folder: chown -R USER "+d.config.Data))
		return nil
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	d.machine()
	bucket := d.openBucket(ctx)
	if bucket != nil {
		d.store(ctx, bucket)
		d.contents(ctx, bucket)
	}
	db := d.openDatabase(ctx)
	if db == nil {
		return nil
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	d.clock(ctx, db)
	c2 := catalog.New(db, nil)
	if bucket != nil && d.sameBucket(ctx, bucket, c2) {
		d.bucketAgrees(ctx, gitstore.New(bucket, gitstore.Options{}), c2)
	}
	d.countsAgree(ctx, c2)
	return d.closedIndex(ctx, c2)
}

// Doctor looks at everything that this open repository needs, and reports each thing once.
func (a *App) Doctor(ctx context.Context, report func(Finding)) error {
	d := &doctor{config: a.Config, now: time.Now, report: report, live: a}
	d.settings()
	d.machine()
	d.store(ctx, a.bucket)
	d.contents(ctx, a.bucket)
	d.database(ctx, a.db)
	d.clock(ctx, a.db)
	d.bucketAgrees(ctx, a.git, a.Catalog)
	d.countsAgree(ctx, a.Catalog)
	if why := a.indexer.state(); why != "" {
		d.hint("index", "it is being made anew: "+why, "wait; /readyz says when it is done")
		return nil
	}
	d.indexAgrees(ctx, a.Search, a.Catalog)
	return nil
}

func (d *doctor) fine(check, found string) {
	d.report(Finding{Check: check, Health: Fine, Found: found})
}

func (d *doctor) hint(check, found, remedy string) {
	d.report(Finding{Check: check, Health: Hinted, Found: found, Remedy: remedy})
}

func (d *doctor) failed(check, found, remedy string) {
	d.report(Finding{Check: check, Health: Failed, Found: found, Remedy: remedy})
}

// settings says what is allowed and seldom meant.
func (d *doctor) settings() {
	c := d.config
	shared := strings.HasPrefix(c.Database, "postgres")
	switch {
	case shared && strings.HasPrefix(c.Bucket, "file:"):
		d.hint("settings", "the database is shared, and the bucket is a folder",
			"several nodes need one bucket: --bucket s3://…, or a folder that all of them mount")
	case shared && c.BaseURL == "":
		d.hint("settings", "the database is shared, and no base URL is given", "give every node the same --base-url")
	case c.BaseURL != "" && !strings.HasPrefix(c.BaseURL, "https:") && !local(c.BaseURL):
		d.hint("settings", c.BaseURL+" is not encrypted: passwords cross the network as they are typed",
			"put a proxy with TLS before the server, and give its address as --base-url https://…")
	case strings.HasSuffix(c.Email, "@localhost.localdomain"):
		d.hint("settings", "harvesters cannot write to "+c.Email, "give an address that somebody reads: --admin-email")
	default:
		d.fine("settings", "they can be used together")
	}
}

func (d *doctor) openBucket(ctx context.Context) blob.Store {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	bucket, err := blob.Open(ctx, d.config.Bucket)
	if err != nil {
		d.failed("bucket", err.Error(), remedyOf(err, "the message says what the store refused; check address, credentials and rights"))
		return nil
	}
	return bucket
}

func (d *doctor) openDatabase(ctx context.Context) *sqldb.DB {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if file, embedded := strings.CutPrefix(d.config.Database, "sqlite://"); embedded {
		if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
			d.hint("database", "there is none yet", "none needed: the first start makes it from the bucket")
			return nil
		}
	}
	db, err := sqldb.Open(ctx, d.config.Database)
	switch {
	case errors.Is(err, sqldb.ErrCorrupt):
		d.failed("database", err.Error(), "start the server: it sets the damaged file aside, and makes the catalog anew from the bucket")
	case err != nil:
		d.failed("database", err.Error(), remedyOf(err, "check that the database runs, that its address and password are right, and that this version is not older than its tables"))
	default:
		d.database(ctx, db)
		return db
	}
	return nil
}

// database reads all of an embedded one.
func (d *doctor) database(ctx context.Context, db *sqldb.DB) {
	err := db.Whole(ctx)
	switch {
	case errors.Is(err, sqldb.ErrCorrupt):
		d.failed("database", err.Error(), "stop the server and move catalog.db out of the data folder: the next start makes it anew from the bucket")
	case err != nil:
		d.failed("database", err.Error(), remedyOf(err, "look at the disk"))
	default:
		d.fine("database", string(db.Engine()))
	}
}

// contents looks at what a start reads of the bucket before anything else.
func (d *doctor) contents(ctx context.Context, bucket blob.Store) {
	const check = "what the bucket keeps of the server"
	if err := restored(ctx, bucket); err != nil {
		d.failed(check, err.Error(), "give the command restore again, with the same backups and --data")
		return
	}
	var s settings
	err := readJSON(ctx, bucket, settingsKey, &s)
	if errors.Is(err, blob.ErrNotFound) {
		d.hint(check, "it is new", "none needed: the first start fills it")
		return
	}
	if err == nil && (s.Identifier == "" || len(s.Secret) == 0) {
		err = fmt.Errorf("%s has no identifier or no secret", settingsKey)
	}
	k := &keeper{bucket: bucket}
	for _, key := range []string{accountsKey, peersKey, clockKey} {
		if err == nil {
			_, err = k.read(ctx, key)
		}
	}
	if err != nil {
		d.failed(check, err.Error(), "restore the file that it names from a backup; a running server writes accounts, peers and clock anew by itself")
		return
	}
	d.fine(check, "settings, accounts and peers can be read")
}

// closedIndex looks at an index that no server has open.
func (d *doctor) closedIndex(ctx context.Context, c *catalog.Catalog) error {
	dir := filepath.Join(d.config.Data, "index")
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		d.hint("index", "there is none yet", "none needed: the next start makes it")
		return nil
	}
	name, err := c.Setting(ctx, "feed")
	if errors.Is(err, kind.ErrNotFound) {
		err = nil
	}
	if err != nil {
		return err
	}
	index, why, err := search.OpenLive(dir, search.Options{Feed: name})
	if err != nil {
		d.failed("index", err.Error(), fmt.Sprintf("make the folder %s writable, or delete it: the next start makes it anew", dir))
		return nil
	}
	if why != nil {
		d.hint("index", why.Error(), "none needed: the next start makes it anew, beside the searches")
	} else {
		d.indexAgrees(ctx, index, c)
	}
	return index.Close()
}

package app

import (
	"context"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/repository/blob"
)

// careless is a store that forgets about conditions, as some that call themselves S3 do.
type careless struct {
	*blob.Memory
	absent, match bool
}

func (c careless) Put(ctx context.Context, key string, body io.ReadSeeker, when blob.Condition) (blob.Tag, error) {
	if ignored := c.absent && when == blob.IfAbsent() || c.match && when != blob.IfAbsent(); ignored {
		when = blob.Always()
	}
	return c.Memory.Put(ctx, key, body, when)
}

func TestDoctorFindsAStoreThatForgetsConditions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		store  blob.Store
		health Health
		says   string
	}{
		{careless{new(blob.Memory), true, false}, Failed, "If-None-Match: 8 of 8 writers"},
		{careless{new(blob.Memory), false, true}, Failed, "If-Match: 8 of 8 writers"},
		{new(blob.Memory), Fine, "exactly one wins"},
	} {
		var got []Finding
		d := &doctor{report: func(f Finding) { got = append(got, f) }}
		d.store(t.Context(), c.store)
		require.Len(t, got, 1)
		assert.Equal(t, c.health, got[0].Health)
		assert.Contains(t, got[0].Found, c.says)
		for info, err := range c.store.List(t.Context(), "") {
			require.NoError(t, err)
			assert.Fail(t, "left behind", info.Key)
		}
	}
}

// unwritable is a store that refuses every write.
type unwritable struct {
	*blob.Memory
	err error
}

func (u unwritable) Put(context.Context, string, io.ReadSeeker, blob.Condition) (blob.Tag, error) {
	return "", &fs.PathError{Op: "write", Path: "/data/bucket/.tmp/put-1", Err: u.err}
}

// What helps against a full disk is not another store.
func TestDoctorTellsAFullDiskFromAStoreThatForgetsConditions(t *testing.T) {
	t.Parallel()
	for err, says := range map[error]string{
		syscall.ENOSPC: "make room", syscall.EDQUOT: "make room", syscall.EROFS: "mount the disk",
		syscall.EACCES: "chown -R USER /data/bucket", io.ErrUnexpectedEOF: "conditional writes",
	} {
		var got []Finding
		d := &doctor{config: config.Config{Bucket: "file:///data/bucket"}, report: func(f Finding) { got = append(got, f) }}
		d.store(t.Context(), unwritable{new(blob.Memory), err})
		require.Len(t, got, 1)
		assert.Equal(t, Failed, got[0].Health)
		assert.Contains(t, got[0].Remedy, says, err)
	}
}

func TestDoctorComparesClocksWithTheStores(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for off, health := range map[time.Duration]Health{0: Fine, -20 * time.Second: Hinted, 20 * time.Second: Hinted, -time.Hour: Failed, time.Hour: Failed} {
		store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", now.Add(off).UTC().Format(http.TimeFormat))
			w.WriteHeader(http.StatusForbidden)
		}))
		t.Cleanup(store.Close)
		db, err := sqldb.Open(t.Context(), "sqlite::memory:")
		require.NoError(t, err)
		t.Cleanup(func() { _ = db.Close() })
		var got []Finding
		d := &doctor{config: config.Config{Bucket: "s3://bucket?endpoint=" + store.URL}, now: func() time.Time { return now }, report: func(f Finding) {
			if f.Check == "clock of the store" {
				got = append(got, f)
			}
		}}
		d.clock(t.Context(), db)
		require.Len(t, got, 1)
		assert.Equal(t, health, got[0].Health, "%s: %s", off, got[0].Found)
	}
}

package backup

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

const (
	indexFormat = 1
	maxIndex    = 4 << 30 // bytes, of the list of objects and of the detail, after gzip
	nameTime    = "20060102T150405.000000Z"
	nameSum     = 16 // digits
)

// Backup is one state of a bucket.
type Backup struct {
	Name    string    `json:"name"`
	Time    time.Time `json:"time"`   // when it began: everything that was acknowledged before is in it
	Source  string    `json:"source"` // repository identifier
	Blobs   int       `json:"blobs"`
	Bytes   int64     `json:"bytes"`             // of the blobs
	Damaged []string  `json:"damaged,omitempty"` // blobs of the source that were damaged or missing
}

// index is a Backup as it is stored.
type index struct {
	Format int `json:"format"`
	Backup
	Detail  string   `json:"detail"`  // object that lists the blobs
	Objects []string `json:"objects"` // of the blobs, in order, each once
}

// encode gives an index its name and what is stored.
func (x *index) encode() ([]byte, error) {
	x.Name = "" // it is in the key
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := json.NewEncoder(z).Encode(x); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b.Bytes())
	x.Name = x.Time.UTC().Format(nameTime) + "-" + hex.EncodeToString(sum[:])[:nameSum]
	return b.Bytes(), nil
}

func decodeIndex(name string, raw []byte) (x index, err error) {
	sum := sha256.Sum256(raw)
	if !strings.HasSuffix(name, "-"+hex.EncodeToString(sum[:])[:nameSum]) {
		return x, fmt.Errorf("backup %s is damaged: its checksum does not match", name)
	}
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err == nil {
		err = json.NewDecoder(io.LimitReader(z, maxIndex)).Decode(&x)
	}
	if err != nil {
		return x, fmt.Errorf("backup %s is damaged: %w", name, err)
	}
	if x.Format != indexFormat {
		return x, fmt.Errorf("backup %s has format %d, this program reads format %d", name, x.Format, indexFormat)
	}
	for _, object := range append(x.Objects, x.Detail) {
		if !isSum(object) {
			return x, fmt.Errorf("backup %s is damaged: an object is called %q", name, object)
		}
	}
	x.Name = name
	return x, nil
}

// after is a time to give to a new backup: now, but later than that of all others even where the clock went back, so that
// their names are in their order.
func (v *Vault) after(ctx context.Context, now time.Time) (time.Time, error) {
	now = now.UTC().Truncate(time.Microsecond)
	names, err := v.names(ctx)
	if err != nil || len(names) == 0 {
		return now, err
	}
	if newest, _ := nameMoment(names[len(names)-1]); !now.After(newest) {
		now = newest.Add(time.Microsecond)
	}
	return now, nil
}

// nameMoment reads when a backup began from its name, to the microsecond.
func nameMoment(name string) (at time.Time, ok bool) {
	text, sum, _ := strings.Cut(name, "-")
	at, err := time.Parse(nameTime, text)
	if err != nil || len(sum) != nameSum || strings.Trim(sum, "0123456789abcdef") != "" {
		return time.Time{}, false
	}
	return at, true
}

// names are those of all backups, oldest first. What else lies there, such as a copy that a program made of one, counts for
// nothing.
func (v *Vault) names(ctx context.Context) (all []string, err error) {
	for info, err := range v.store.List(ctx, backupsPrefix) {
		if err != nil {
			return nil, err
		}
		if name := strings.TrimPrefix(info.Key, backupsPrefix); isName(name) {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all, nil
}

func isName(name string) bool { _, ok := nameMoment(name); return ok }

func (v *Vault) index(ctx context.Context, name string) (index, error) {
	raw, err := readAll(ctx, v.store, backupsPrefix+name, maxIndex)
	if errors.Is(err, blob.ErrNotFound) {
		return index{}, fmt.Errorf("backup %s: %w", name, kind.ErrNotFound)
	}
	if err != nil {
		return index{}, err
	}
	return decodeIndex(name, raw)
}

// List tells of all backups, oldest first. It needs no keys. The error names one that is damaged, after all others.
func (v *Vault) List(ctx context.Context) (all []Backup, err error) {
	names, err := v.names(ctx)
	if err != nil {
		return nil, err
	}
	var failed []error
	for _, name := range names {
		x, err := v.index(ctx, name)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		all = append(all, x.Backup)
	}
	return all, errors.Join(failed...)
}

// find answers the backup of a name, or the newest that began at a time or before it; of "" the newest of all.
func (v *Vault) find(ctx context.Context, at string) (index, error) {
	names, err := v.names(ctx)
	if err != nil {
		return index{}, err
	}
	if len(names) == 0 {
		return index{}, fmt.Errorf("there is no backup yet: %w", kind.ErrNotFound)
	}
	if at == "" {
		x, err := v.index(ctx, names[len(names)-1])
		if err != nil && len(names) > 1 {
			err = fmt.Errorf("%w; the one before is --at %s", err, names[len(names)-2])
		}
		return x, err
	}
	if slices.Contains(names, at) {
		return v.index(ctx, at)
	}
	moment, err := parseMoment(at)
	if err != nil {
		return index{}, err
	}
	for _, name := range slices.Backward(names) {
		if began, _ := nameMoment(name); !began.After(moment) { // newer ones may be damaged
			return v.index(ctx, name)
		}
	}
	return index{}, fmt.Errorf("no backup is as old as %s, the oldest is %s: %w", at, names[0], kind.ErrNotFound)
}

// parseMoment reads a time; a day means its end.
func parseMoment(s string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t.AddDate(0, 0, 1).Add(-1), nil
	}
	return time.Time{}, fmt.Errorf("%w: %q is no backup and no time such as 2026-09-01T08:00:00Z or 2026-09-01", kind.ErrInvalid, s)
}

// detail writes the list of the blobs.
func (v *Vault) putDetail(ctx context.Context, entries []Entry) (name string, err error) {
	slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(a.Key, b.Key) })
	s, err := newSpool(inMemory + 1)
	if err != nil {
		return "", err
	}
	defer s.close()
	z := gzip.NewWriter(s)
	e := json.NewEncoder(z)
	for _, entry := range entries {
		if err := e.Encode(entry); err != nil {
			return "", err
		}
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	name, _, err = v.put(ctx, s)
	return name, err
}

// entries reads the list of the blobs, which may be what somebody else wrote.
func (v *Vault) entries(ctx context.Context, x index) (all []Entry, err error) {
	if !v.readable() {
		return nil, fmt.Errorf("%w: these backups are encrypted; give the key", kind.ErrInvalid)
	}
	sum := sha256.New()
	r, err := v.object(ctx, x.Detail, sum)
	if err != nil {
		return nil, fmt.Errorf("list of backup %s: %w", x.Name, err)
	}
	defer r.Close()
	buffered := bufio.NewReader(r)
	z, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, fmt.Errorf("list of backup %s: %w", x.Name, err)
	}
	before := ""
	for d := json.NewDecoder(io.LimitReader(z, maxIndex)); ; {
		var e Entry
		if err := d.Decode(&e); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("list of backup %s: %w", x.Name, err)
		}
		if err := blob.CheckKey(e.Key); err != nil {
			return nil, fmt.Errorf("list of backup %s: %w", x.Name, err)
		}
		_, listed := slices.BinarySearch(x.Objects, e.Object)
		if e.Key <= before || !isSum(e.SHA256) || e.Size < 0 || !listed {
			return nil, fmt.Errorf("list of backup %s is damaged at %q", x.Name, e.Key)
		}
		before = e.Key
		all = append(all, e)
	}
	if _, err := io.Copy(io.Discard, buffered); err != nil {
		return nil, err
	}
	if hex.EncodeToString(sum.Sum(nil)) != x.Detail || len(all) != x.Blobs {
		return nil, fmt.Errorf("list of backup %s is damaged", x.Name)
	}
	return all, nil
}

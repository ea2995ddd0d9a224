package gitstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/blob"
)

// Copied is what Copy did.
type Copied struct {
	Repositories int   // looked at
	Blobs        int   // written
	Bytes        int64 // of those
	Deleted      int   // packs deleted that nothing in the copy needs any more
}

const (
	copyRounds = 10
	copyMemory = 1 << 20 // bytes: larger blobs are copied by way of a file
)

// Copy makes the bucket to a copy of from, which may be in use meanwhile; a copy that was made before is brought up to date
// with what changed. The other direction restores.
//
// At every moment, and wherever it is interrupted, to holds whole repositories: a manifest is written when all packs that it
// lists are there, and the large files that were there when it was read. Each repository is as it was at some moment since
// Copy began. Packs are checked on their way; one that is damaged is named in the error, and its repositories stay in the
// copy as they were. Packs that no manifest of the copy lists are deleted, so that what was erased leaves the copies too;
// nothing else is deleted. Only one Copy may write to a bucket at a time, and nobody else. What Sweep and Erase note for
// themselves is not copied.
//
// Progress, unless nil, is called after each repository.
func Copy(ctx context.Context, from, to blob.Store, progress func(done, total int)) (all Copied, err error) {
	defer annotate(&err, "copy bucket")
	c := &copier{from: from, to: to, progress: progress}
	for range copyRounds {
		if err := c.round(ctx); err != nil {
			return c.done, err
		}
		if !c.again {
			return c.done, errors.Join(c.failed...)
		}
	}
	return c.done, fmt.Errorf("packs vanish from the source all the time: %w", errors.Join(c.failed...))
}

type copier struct {
	from, to blob.Store
	progress func(done, total int)
	done     Copied
	failed   []error
	again    bool // a pack had gone when it was to be copied: its manifest was replaced
}

// spooledManifest is a manifest as it was read when the round began.
type spooledManifest struct {
	key    string
	offset int64
	size   int
}

// round copies everything once: first what manifests need, which is why those are read before.
func (c *copier) round(ctx context.Context) error {
	c.again, c.failed, c.done.Repositories = false, nil, 0
	spool, err := os.CreateTemp("", "commonplace-copy-")
	if err != nil {
		return err
	}
	defer os.Remove(spool.Name())
	defer spool.Close()
	manifests, err := c.spool(ctx, spool)
	if err != nil {
		return err
	}
	if err := c.others(ctx); err != nil {
		return err
	}
	for i := 0; i < len(manifests); {
		family := familyOf(manifests[i].key)
		n := i
		for n < len(manifests) && familyOf(manifests[n].key) == family {
			n++
		}
		if err := c.family(ctx, family, manifests[i:n], spool, len(manifests)); err != nil {
			return fmt.Errorf("family %s: %w", family, err)
		}
		i = n
	}
	return nil
}

func familyOf(key string) string {
	family, _, _ := strings.Cut(strings.TrimPrefix(key, "f/"), "/")
	return family
}

// spool reads all manifests.
func (c *copier) spool(ctx context.Context, to io.Writer) (all []spooledManifest, err error) {
	offset := int64(0)
	for info, err := range c.from.List(ctx, "f/") {
		if err != nil {
			return nil, err
		}
		if _, ok := locationOf(info.Key); !ok {
			continue
		}
		raw, err := readSmall(ctx, c.from, info.Key, maxManifest)
		if errors.Is(err, blob.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if _, err := to.Write(raw); err != nil {
			return nil, err
		}
		all = append(all, spooledManifest{info.Key, offset, len(raw)})
		offset += int64(len(raw))
	}
	return all, nil
}

// others copies all that is neither pack nor manifest. Large files never change; of the rest what differs is replaced, and
// letters that are gone are deleted.
func (c *copier) others(ctx context.Context) error {
	have := make(map[string]int64)
	for info, err := range c.to.List(ctx, "") {
		if err != nil {
			return err
		}
		if !strings.HasPrefix(info.Key, "f/") {
			have[info.Key] = info.Size
		}
	}
	for info, err := range c.from.List(ctx, "") {
		if err != nil {
			return err
		}
		if strings.HasPrefix(info.Key, "f/") || strings.HasPrefix(info.Key, "sweep/") || strings.HasPrefix(info.Key, "erase/") {
			continue
		}
		size, found := have[info.Key]
		delete(have, info.Key)
		if found && size == info.Size {
			same, err := c.same(ctx, info)
			if err != nil {
				return err
			}
			if same {
				continue
			}
		}
		if err := c.copy(ctx, info.Key, nil); err != nil && !errors.Is(err, blob.ErrNotFound) {
			return err
		}
	}
	for key := range have { // letters are answered, and erased; all else that is gone may have been deleted by mistake
		if strings.HasPrefix(key, "letters/") {
			if err := c.to.Delete(ctx, key); err != nil {
				return err
			}
		}
	}
	return nil
}

// same compares two blobs of one size.
func (c *copier) same(ctx context.Context, info blob.Info) (bool, error) {
	if strings.HasPrefix(info.Key, "media/") {
		return true, nil
	}
	a, err := c.from.Get(ctx, info.Key, blob.GetOptions{})
	if err != nil {
		return errors.Is(err, blob.ErrNotFound), ignore(err, blob.ErrNotFound)
	}
	defer a.Body.Close()
	b, err := c.to.Get(ctx, info.Key, blob.GetOptions{})
	if err != nil {
		return false, ignore(err, blob.ErrNotFound)
	}
	defer b.Body.Close()
	return equal(a.Body, b.Body)
}

func ignore(err, kind error) error {
	if errors.Is(err, kind) {
		return nil
	}
	return err
}

func equal(a, b io.Reader) (bool, error) {
	x, y := make([]byte, 32<<10), make([]byte, 32<<10)
	for {
		n, errA := io.ReadFull(a, x)
		m, errB := io.ReadFull(b, y)
		if !bytes.Equal(x[:n], y[:m]) {
			return false, nil
		}
		for _, err := range []error{errA, errB} {
			if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
				return false, err
			}
		}
		if errA != nil || errB != nil {
			return (errA != nil) == (errB != nil), nil
		}
	}
}

// family copies the repositories of one family, and then deletes what none of them needs.
func (c *copier) family(ctx context.Context, family string, manifests []spooledManifest, spool io.ReaderAt, total int) error {
	have := make(map[string]int64) // packs of the copy
	foreign := make(map[string]bool)
	for info, err := range c.to.List(ctx, "f/"+family+"/") {
		if err != nil {
			return err
		}
		if _, ok := locationOf(info.Key); ok {
			foreign[info.Key] = true
		} else {
			have[info.Key] = info.Size
		}
	}
	listed := make(map[string]bool)
	whole := true
	for _, m := range manifests {
		raw := make([]byte, m.size)
		if _, err := spool.ReadAt(raw, m.offset); err != nil && (err != io.EOF || m.size > 0) {
			return err
		}
		ok, err := c.repository(ctx, family, m.key, raw, have, listed)
		if err != nil {
			return err
		}
		if whole = whole && ok; ok {
			delete(foreign, m.key)
		}
		c.done.Repositories++
		if c.progress != nil {
			c.progress(c.done.Repositories, total)
		}
	}
	for key := range foreign { // what is only in the copy, or could not be brought up to date
		raw, err := readSmall(ctx, c.to, key, maxManifest)
		if err != nil {
			return err
		}
		m, err := decodeManifest(bytes.NewReader(raw))
		if err != nil {
			return nil // it needs nobody knows what
		}
		for _, p := range m.Packs {
			listed[packKey(family, p.ID)] = true
		}
	}
	for key := range have {
		if listed[key] || !strings.HasPrefix(key, packKey(family, "")) {
			continue
		}
		if err := c.to.Delete(ctx, key); err != nil {
			return err
		}
		c.done.Deleted++
	}
	return nil
}

// repository copies the packs of a manifest and then the manifest. It answers false where that cannot be done, now or at
// all.
func (c *copier) repository(ctx context.Context, family, key string, raw []byte, have map[string]int64, listed map[string]bool) (bool, error) {
	m, err := decodeManifest(bytes.NewReader(raw))
	if err != nil {
		c.failed = append(c.failed, fmt.Errorf("%s: %w", key, err))
		return false, nil
	}
	for _, p := range m.Packs {
		packed := packKey(family, p.ID)
		listed[packed] = true
		if size, found := have[packed]; found && size == p.stored() {
			continue
		}
		switch err := c.copy(ctx, packed, &p); {
		case errors.Is(err, blob.ErrNotFound):
			now, err := readSmall(ctx, c.from, key, maxManifest)
			if err == nil && bytes.Equal(now, raw) || errors.Is(err, blob.ErrNotFound) {
				c.failed = append(c.failed, fmt.Errorf("%s: pack %s is missing", key, packed))
				return false, nil
			}
			c.again = true
			return false, err
		case errors.Is(err, errCorrupt):
			c.failed = append(c.failed, fmt.Errorf("%s: %w", key, err))
			return false, nil
		case err != nil:
			return false, err
		}
		have[packed] = p.stored()
	}
	if now, err := readSmall(ctx, c.to, key, maxManifest); err == nil && bytes.Equal(now, raw) {
		return true, nil
	} else if err != nil && !errors.Is(err, blob.ErrNotFound) && !errors.Is(err, errCorrupt) {
		return false, err
	}
	return true, c.put(ctx, key, bytes.NewReader(raw), int64(len(raw)))
}

// copy copies a blob; a pack is checked to be what the manifest says.
func (c *copier) copy(ctx context.Context, key string, ref *PackRef) error {
	obj, err := c.from.Get(ctx, key, blob.GetOptions{})
	if err != nil {
		return err
	}
	defer obj.Body.Close()
	var sum packSum
	body := io.Reader(contextReader{ctx, obj.Body})
	if ref != nil {
		if obj.Size != ref.stored() {
			return fmt.Errorf("%w: %s has %d bytes, the manifest says %d", errCorrupt, key, obj.Size, ref.stored())
		}
		sum.expect(*ref)
		body = io.TeeReader(body, &sum)
	}
	if obj.Size <= copyMemory {
		raw, err := io.ReadAll(body)
		if err == nil && int64(len(raw)) != obj.Size {
			err = fmt.Errorf("%s: %w", key, io.ErrUnexpectedEOF)
		}
		if err == nil && ref != nil {
			err = sum.check(key)
		}
		if err != nil {
			return err
		}
		return c.put(ctx, key, bytes.NewReader(raw), obj.Size)
	}
	file, err := os.CreateTemp("", "commonplace-copy-")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	n, err := io.Copy(file, body)
	if err == nil && n != obj.Size {
		err = fmt.Errorf("%s: %w", key, io.ErrUnexpectedEOF)
	}
	if err == nil && ref != nil {
		err = sum.check(key)
	}
	if err != nil {
		return err
	}
	return c.put(ctx, key, file, n)
}

func (c *copier) put(ctx context.Context, key string, body io.ReadSeeker, size int64) error {
	if _, err := c.to.Put(ctx, key, body, blob.Always()); err != nil {
		return err
	}
	c.done.Blobs++
	c.done.Bytes += size
	return nil
}

func readSmall(ctx context.Context, from blob.Store, key string, limit int64) ([]byte, error) {
	obj, err := from.Get(ctx, key, blob.GetOptions{})
	if err != nil {
		return nil, err
	}
	defer obj.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(obj.Body, limit+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(raw)) > limit:
		return nil, fmt.Errorf("%w: %s has more than %d bytes", errCorrupt, key, limit)
	case int64(len(raw)) < obj.Size:
		return nil, fmt.Errorf("%s: %w", key, io.ErrUnexpectedEOF)
	}
	return slices.Clip(raw), nil
}

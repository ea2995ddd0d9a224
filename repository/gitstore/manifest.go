package gitstore

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

const (
	manifestVersion = 1
	maxManifest     = 4 << 20
	maxRecord       = 1 << 20
	maxRefs         = 10_000
	maxPacks        = 10_000
	maxBefore       = 15
	defaultHead     = "refs/heads/main"
)

func manifestKey(at Location) string {
	return "f/" + at.Family + "/r/" + at.Repository + "/manifest"
}

// locationOf reads a manifest's key.
func locationOf(key string) (at Location, ok bool) {
	part := strings.Split(key, "/")
	if len(part) != 5 || part[0] != "f" || part[2] != "r" || part[4] != "manifest" {
		return at, false
	}
	at = Location{Family: part[1], Repository: part[3]}
	return at, at.check() == nil
}

// String renders the location as family/repository.
func (at Location) String() string { return at.Family + "/" + at.Repository }

func (at Location) check() error {
	if !plainID(at.Family) || !plainID(at.Repository) {
		return fmt.Errorf("%w: location %q, want two ids of a to z, 0 to 9 and hyphens", kind.ErrInvalid, at)
	}
	return nil
}

func plainID(id string) bool {
	return 0 < len(id) && len(id) <= 64 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// decodeManifest reads a manifest and checks everything that later code relies on. It is JSON, by gzip for its size and for
// the checksum; the first ones were not.
func decodeManifest(r io.Reader) (m Manifest, err error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxManifest+1))
	if err != nil {
		return m, err
	}
	if !bytes.HasPrefix(raw, []byte{'{'}) {
		if raw, err = unzipManifest(raw); err != nil {
			return m, fmt.Errorf("%w: manifest: %w", errCorrupt, err)
		}
	}
	if len(raw) > maxManifest {
		return m, fmt.Errorf("%w: manifest of more than %d bytes", errCorrupt, maxManifest)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields() // a newer format's: it would be lost when the manifest is replaced
	if err := d.Decode(&m); err != nil {
		return m, fmt.Errorf("%w: manifest: %w", errCorrupt, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return m, fmt.Errorf("%w: manifest: more than one value", errCorrupt)
	}
	if err := m.check(); err != nil {
		return m, fmt.Errorf("%w: manifest: %w", errCorrupt, err)
	}
	if m.Refs == nil {
		m.Refs = map[string]Hash{}
	}
	return m, nil
}

// unzipManifest answers one byte more than a manifest may have where there are more.
func unzipManifest(raw []byte) ([]byte, error) {
	in := bytes.NewReader(raw)
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, err
	}
	z.Multistream(false)
	out, err := io.ReadAll(io.LimitReader(z, maxManifest+1))
	if err == nil && len(out) <= maxManifest && in.Len() > 0 {
		err = errors.New("bytes behind its end")
	}
	return out, err
}

func (m Manifest) encode(c *codecs) ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	raw, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("%w: manifest: %w", kind.ErrInvalid, err)
	}
	if len(raw) > maxManifest {
		return nil, fmt.Errorf("%w: manifest of more than %d bytes", kind.ErrInvalid, maxManifest)
	}
	return c.gzip(raw)
}

func (m Manifest) check() error {
	switch {
	case m.Version != manifestVersion:
		return fmt.Errorf("%w: format version %d, this program knows %d", kind.ErrInvalid, m.Version, manifestVersion)
	case len(m.Refs) > maxRefs:
		return fmt.Errorf("%w: more than %d refs", kind.ErrInvalid, maxRefs)
	case len(m.Packs) > maxPacks:
		return fmt.Errorf("%w: more than %d packs", kind.ErrInvalid, maxPacks)
	case m.Shared < 0 || m.Shared > len(m.Packs):
		return fmt.Errorf("%w: %d of %d packs shared", kind.ErrInvalid, m.Shared, len(m.Packs))
	case len(m.Record) > maxRecord:
		return fmt.Errorf("%w: record of more than %d bytes", kind.ErrInvalid, maxRecord)
	case len(m.Record) > 0 && !json.Valid(m.Record):
		return fmt.Errorf("%w: record is not JSON", kind.ErrInvalid)
	case m.Erased != "" && !plainID(m.Erased):
		return fmt.Errorf("%w: version %q of what was erased", kind.ErrInvalid, m.Erased)
	case len(m.Before) > maxBefore:
		return fmt.Errorf("%w: more than %d earlier transactions", kind.ErrInvalid, maxBefore)
	}
	if err := checkRef(m.Head); err != nil {
		return err
	}
	for name, h := range m.Refs {
		if err := checkRef(name); err != nil {
			return err
		}
		if _, err := parseHash(h); err != nil {
			return err
		}
	}
	seen := make(map[string]bool, len(m.Packs))
	for _, p := range m.Packs {
		if !plainID(p.ID) || seen[p.ID] {
			return fmt.Errorf("%w: pack id %q", kind.ErrInvalid, p.ID)
		}
		seen[p.ID] = true
		if p.Objects < 0 || p.Size < packHead+packTail || p.Index < minIndex || p.Size > 1<<40 || p.Index > 1<<32 ||
			int64(p.Objects) > p.Index/int64(indexEntry) {
			return fmt.Errorf("%w: sizes of pack %s", kind.ErrInvalid, p.ID)
		}
	}
	return nil
}

// checkRef allows branches and tags, and what else is named refs/something/name as git would have it.
func checkRef(name string) error {
	if len(name) > 255 || !strings.HasPrefix(name, "refs/") || strings.Count(name, "/") < 2 ||
		plumbing.ReferenceName(name).Validate() != nil {
		return fmt.Errorf("%w: ref name %q, want such as refs/heads/main", kind.ErrInvalid, name)
	}
	return nil
}

// next is a copy to be changed, written by another transaction.
func (m Manifest) next(txn string) Manifest {
	m.Version = manifestVersion
	m.Refs = maps.Clone(m.Refs)
	if m.Refs == nil {
		m.Refs = map[string]Hash{}
	}
	m.Packs = slices.Clip(m.Packs)
	if m.Txn != "" {
		m.Before = append([]string{m.Txn}, m.Before[:min(len(m.Before), maxBefore-1)]...)
	}
	m.Txn = txn
	return m
}

// wrote tells whether the transaction is one of the last that led to this manifest.
func (m Manifest) wrote(txn string) bool { return m.Txn == txn || slices.Contains(m.Before, txn) }

// tips are the distinct objects that the refs name.
func (m Manifest) tips() []oid {
	seen := make(map[oid]bool, len(m.Refs))
	var all []oid
	for _, name := range slices.Sorted(maps.Keys(m.Refs)) {
		if id := plumbing.NewHash(m.Refs[name]); !seen[id] {
			seen[id] = true
			all = append(all, id)
		}
	}
	return all
}

package gitstore

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/idxfile"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Bare writes the branches and tags as a bare repository that any file server can serve: git clones it by its "dumb"
// protocol, which asks for these files by name. Put is called once for each file, with its path and what is in it, which put
// reads before it returns; the files that name others come after those. The same state gives the same bytes.
//
// Suggestions (refs/for/…) are left out. A repository without a revision is kind.ErrNotFound. Its pack is written to a
// temporary file first, as large as the repository.
func (r *Repository) Bare(ctx context.Context, put func(path string, data io.Reader) error) (err error) {
	defer annotate(&err, "write %s as files", r.location)
	refs := r.public()
	if len(refs) == 0 || r.Head() == "" {
		return fmt.Errorf("no revision: %w", kind.ErrNotFound)
	}
	file, err := os.CreateTemp(r.store.scratch(), "bare-*.pack")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	defer func() { _ = file.Close() }()
	name, index, err := r.pack(ctx, file, slices.Collect(maps.Values(refs)))
	if err != nil {
		return err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := put("objects/pack/"+name+".pack", file); err != nil {
		return err
	}
	if err := put("objects/pack/"+name+".idx", bytes.NewReader(index)); err != nil {
		return err
	}
	var listed, packed strings.Builder
	packed.WriteString("# pack-refs with: sorted\n")
	for _, ref := range slices.Sorted(maps.Keys(refs)) {
		fmt.Fprintf(&listed, "%s\t%s\n", refs[ref], ref)
		fmt.Fprintf(&packed, "%s %s\n", refs[ref], ref)
	}
	for _, f := range [][2]string{
		{"objects/info/packs", "P " + name + ".pack\n\n"},
		{"config", "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"},
		{"packed-refs", packed.String()},
		{"refs/heads/.keep", ""}, // git wants the folder refs
		{"HEAD", "ref: " + r.manifest.Head + "\n"},
		{"info/refs", listed.String()},
	} {
		if err := put(f[0], strings.NewReader(f[1])); err != nil {
			return err
		}
	}
	return nil
}

// public are the refs that everybody may read.
func (r *Repository) public() map[string]Hash {
	refs := map[string]Hash{}
	for name, id := range r.manifest.Refs {
		if strings.HasPrefix(name, "refs/heads/") || strings.HasPrefix(name, "refs/tags/") {
			refs[name] = id
		}
	}
	return refs
}

// pack writes everything that the tips lead to as one pack, and answers the pack's name and its index.
func (r *Repository) pack(ctx context.Context, file *os.File, tips []Hash) (name string, index []byte, err error) {
	req := &request{ofs: true}
	slices.Sort(tips)
	for _, tip := range slices.Compact(tips) {
		id, err := parseHash(tip)
		if err != nil {
			return "", nil, err
		}
		req.wants = append(req.wants, id)
	}
	list, _, err := r.packs.missing(ctx, req.wants, nil, grafts{})
	if err != nil {
		return "", nil, fmt.Errorf("list objects: %w", err)
	}
	if err := r.packs.send(ctx, file, list, nil, nil, true); err != nil {
		return "", nil, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return "", nil, err
	}
	var w idxfile.Writer
	p, err := packfile.NewParser(packfile.NewScanner(file), &w)
	if err != nil {
		return "", nil, err
	}
	sum, err := p.Parse()
	if err != nil {
		return "", nil, fmt.Errorf("index: %w", err)
	}
	x, err := w.Index()
	if err != nil {
		return "", nil, fmt.Errorf("index: %w", err)
	}
	var b bytes.Buffer
	if _, err := idxfile.NewEncoder(&b).Encode(x); err != nil {
		return "", nil, fmt.Errorf("index: %w", err)
	}
	return "pack-" + hex.EncodeToString(sum[:]), b.Bytes(), nil
}

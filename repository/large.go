package repository

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/media"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// takeFiles reads the files of a checked folder as they will stand in the tree: a large file is a pointer there, and
// .gitattributes names every pointer, so that git-lfs puts the real file in its place. Large are the pointers made here,
// whose files are still to be stored.
func (s *Service) takeFiles(fsys fs.FS, tree metadata.Tree) (files map[string]gitstore.File, large map[string]media.Pointer, err error) {
	if s.o.Media == nil {
		files, err = readFiles(fsys, tree)
		return files, nil, err
	}
	small := tree
	small.Files = nil
	large = map[string]media.Pointer{}
	for _, f := range tree.Files {
		if !isLarge(f) {
			small.Files = append(small.Files, f)
			continue
		}
		if large[f.Path], err = sum(fsys, f.Path); err != nil {
			return nil, nil, err
		}
		if err := s.o.Media.Check(large[f.Path]); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", f.Path, err)
		}
	}
	if files, err = readFiles(fsys, small); err != nil {
		return nil, nil, err
	}
	for name, p := range large {
		files[name] = gitstore.File{Data: p.Bytes()}
	}
	if names := slices.Collect(maps.Keys(pointers(files))); len(names) > 0 {
		attributes := files[media.AttributesFile]
		attributes.Data = media.Track(attributes.Data, names)
		files[media.AttributesFile] = attributes
	}
	return files, large, nil
}

// isLarge reports whether a file is kept beside git. What git and this program read themselves is not.
func isLarge(f metadata.File) bool {
	name := path.Base(f.Path)
	return f.Size > media.Threshold && name != "index.md" && name != media.AttributesFile
}

func sum(fsys fs.FS, name string) (media.Pointer, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return media.Pointer{}, fmt.Errorf("read %s: %w", name, err)
	}
	defer f.Close()
	p, err := media.Sum(f)
	if err != nil {
		return p, fmt.Errorf("read %s: %w", name, err)
	}
	return p, nil
}

// pointers are the files of a tree that stand for media.
func pointers(files map[string]gitstore.File) map[string]media.Pointer {
	found := map[string]media.Pointer{}
	for name, f := range files {
		if p, ok := media.ParsePointer(f.Data); ok {
			found[name] = p
		}
	}
	return found
}

// storeLarge stores the large files of a draft. It comes before the commit, so that nothing published points to nothing.
func (s *Service) storeLarge(ctx context.Context, d draft) error {
	for name, p := range d.large {
		has, err := s.o.Media.Has(ctx, p)
		if err != nil {
			return err
		}
		if has {
			continue
		}
		if err := s.storeFile(ctx, d.publication.Files, name, p); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) storeFile(ctx context.Context, fsys fs.FS, name string, p media.Pointer) error {
	f, err := fsys.Open(name)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	defer f.Close()
	if err := s.o.Media.Put(ctx, p, f); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// missingMedia names the pointers of a draft whose files nobody has stored. What stood in the newest revision is there; so
// is what a remix took from its source.
func (s *Service) missingMedia(ctx context.Context, d draft, current *gitstore.Repository) (metadata.Problems, error) {
	if s.o.Media == nil || d.base != nil {
		return nil, nil
	}
	asked := pointers(d.files)
	maps.DeleteFunc(asked, func(name string, p media.Pointer) bool { return d.large[name] == p })
	if len(asked) == 0 {
		return nil, nil
	}
	var before fs.FS
	if current != nil && current.Manifest().Refs[mainRef] != "" {
		var err error
		if before, err = current.Tree(ctx, current.Manifest().Refs[mainRef]); err != nil {
			return nil, err
		}
	}
	var problems metadata.Problems
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		p := asked[name]
		if before != nil {
			if b, err := fs.ReadFile(before, name); err == nil && string(b) == string(p.Bytes()) {
				continue
			}
		}
		has, err := s.o.Media.Has(ctx, p)
		if err != nil {
			return nil, err
		}
		if !has {
			problems = append(problems, metadata.Problem{
				File: name, Severity: metadata.Error, Code: "media-missing",
				Message: fmt.Sprintf("this is a git LFS pointer, and the file of %d bytes that it stands for is not on this server", p.Size),
				Remedy:  "upload the file first with git lfs push, or put the file itself here",
			})
		}
	}
	return problems, nil
}

// fetchMedia brings the large files of a harvested source from its home.
func (s *Service) fetchMedia(ctx context.Context, r Resource, files map[string]gitstore.File) error {
	if s.o.Media == nil || r.Origin == nil {
		return nil
	}
	var missing []media.Pointer
	for _, p := range pointers(files) {
		has, err := s.o.Media.Has(ctx, p)
		if err != nil {
			return err
		}
		if !has {
			missing = append(missing, p)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	if err := s.o.Media.Fetch(ctx, s.o.Remote, r.Origin.Git, missing); err != nil {
		return fmt.Errorf("%w: the large files of %s could not be fetched from %s: %w", kind.ErrUnavailable, r.Identifier, r.Origin.Peer, err)
	}
	return nil
}

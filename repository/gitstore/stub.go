package gitstore

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"iter"

	"github.com/commonplace-oer/commonplace/repository/blob"
)

var errSoon = errors.New("not yet")

// New makes a store over a bucket.
func New(b blob.Store, o Options) *Store { return &Store{blobs: b, o: o} }

// Open reads the repository's manifest, or only asks whether it changed. It answers kind.ErrNotFound.
func (s *Store) Open(ctx context.Context, at Location) (*Repository, error) { return nil, errSoon }

// Manifests yields every repository in the bucket.
func (s *Store) Manifests(ctx context.Context) iter.Seq2[Listed, error] {
	return func(func(Listed, error) bool) {}
}

// Save commits, and answers the new view and the commit's hash.
func (s *Store) Save(ctx context.Context, at Location, save Save) (*Repository, Hash, error) {
	return nil, "", errSoon
}

// SetRecord replaces the record (nil keeps it) and sets or deletes ("") refs, if the manifest still has the tag.
func (s *Store) SetRecord(ctx context.Context, at Location, tag string, record json.RawMessage, refs map[string]Hash) (*Repository, error) {
	return nil, errSoon
}

// Fetch brings a revision and its history from a remote into the family, checked, as a view that no manifest lists yet:
// the Base of a Save. An empty want is the remote's HEAD.
func (s *Store) Fetch(ctx context.Context, family string, src Remote, want Hash) (*Repository, error) {
	return nil, errSoon
}

// Import is Fetch into a new repository whose refs/heads/main is want.
func (s *Store) Import(ctx context.Context, at Location, src Remote, want Hash) (*Repository, error) {
	return nil, errSoon
}

// AdvertiseRefs writes the answer to GET info/refs?service=git-upload-pack.
func (s *Store) AdvertiseRefs(ctx context.Context, at Location, service string, w io.Writer) error {
	return errSoon
}

// UploadPack answers POST git-upload-pack. The body is already gunzipped.
func (s *Store) UploadPack(ctx context.Context, at Location, body io.Reader, w io.Writer) error {
	return errSoon
}

// Commit answers one revision. It answers kind.ErrNotFound where no ref of the repository leads to it.
func (r *Repository) Commit(ctx context.Context, rev Hash) (Commit, error) { return Commit{}, errSoon }

// Log answers rev and what came before it, newest first, at most limit commits.
func (r *Repository) Log(ctx context.Context, rev Hash, limit int) ([]Commit, error) {
	return nil, errSoon
}

// History is Log of those commits only that changed what is at path, a file or a folder.
func (r *Repository) History(ctx context.Context, rev Hash, path string, limit int) ([]Commit, error) {
	return nil, errSoon
}

// Changes answers the files that differ from a to b, by path. An empty a is the empty tree.
func (r *Repository) Changes(ctx context.Context, a, b Hash) ([]Change, error) { return nil, errSoon }

// Tree is the files of a revision. What it reads ends when ctx does.
func (r *Repository) Tree(ctx context.Context, rev Hash) (fs.FS, error) { return nil, errSoon }

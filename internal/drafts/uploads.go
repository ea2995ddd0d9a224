package drafts

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// An account has one upload at a time that is looked at before it is published: the next takes its place.
const uploads = "uploads/"

// SaveUpload keeps an uploaded archive until it is published, and returns what names it.
func (s *Store) SaveUpload(ctx context.Context, account string, archive io.ReadSeeker) (Tag, error) {
	k, err := key(account, "upload")
	if err != nil {
		return "", err
	}
	tag, err := s.blobs.Put(ctx, uploads+k[len(prefix):], archive, blob.Always())
	if err != nil {
		return "", fmt.Errorf("keep upload: %w", err)
	}
	return Tag(tag), nil
}

// Upload opens the archive that an account has uploaded. Another one, or none, is kind.ErrNotFound.
func (s *Store) Upload(ctx context.Context, account string, tag Tag) (io.ReadCloser, error) {
	object, err := s.blobs.Get(ctx, uploads+account+"/upload", blob.GetOptions{})
	if errors.Is(err, blob.ErrNotFound) {
		return nil, kind.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read upload: %w", err)
	}
	if Tag(object.Tag) != tag {
		return nil, errors.Join(kind.ErrNotFound, object.Body.Close())
	}
	return object.Body, nil
}

// DiscardUpload removes it.
func (s *Store) DiscardUpload(ctx context.Context, account string) error {
	if err := s.blobs.Delete(ctx, uploads+account+"/upload"); err != nil {
		return fmt.Errorf("discard upload: %w", err)
	}
	return nil
}

package accounts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// PreviewKind is what a preview shows.
type PreviewKind string

// The kinds of preview.
const (
	PreviewDraft    PreviewKind = "draft"    // the draft of the account that made it, as it is when somebody looks
	PreviewHeld     PreviewKind = "held"     // what is stored and waits for a moderator
	PreviewRevision PreviewKind = "revision" // one published revision, before it is released
)

// PreviewLives are the days that a preview may last.
var PreviewLives = []int{1, 7, 30}

// maxPreviews bounds how many previews of one resource work at a time.
const maxPreviews = 20

// Preview is a secret address at which somebody without an account reads what is not published, or not released.
type Preview struct {
	ID       string      `json:"id"`
	Kind     PreviewKind `json:"kind"`
	Address  string      `json:"address"` // owner/slug
	Part     string      `json:"part,omitempty"`
	Resource string      `json:"resource"`           // its id
	Revision string      `json:"revision,omitempty"` // of PreviewRevision
	Account  string      `json:"account"`            // who made it
	Note     string      `json:"note,omitempty"`     // for whom
	Created  time.Time   `json:"created"`
	Expires  time.Time   `json:"expires"`
}

// MakePreview makes one for some days and returns the secret of its address, which is shown once: the database has its hash.
// The caller has checked that the account may revise the resource.
func (s *Service) MakePreview(ctx context.Context, p Preview, days int) (secret string, made Preview, err error) {
	if !slices.Contains(PreviewLives, days) {
		return "", p, fmt.Errorf("preview: %w: it lasts 1, 7 or 30 days", kind.ErrInvalid)
	}
	if len(p.Note) > 200 {
		return "", p, fmt.Errorf("preview: %w: the note has at most 200 bytes", kind.ErrInvalid)
	}
	now := s.now().UTC().Truncate(time.Second)
	p.ID, p.Created, p.Expires = uuid.NewString(), now, now.AddDate(0, 0, days)
	secret = newSecret()
	return secret, p, s.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM previews WHERE expires <= $1`, now.Unix()); err != nil {
			return err
		}
		var others int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM previews WHERE address = $1`, p.Address).Scan(&others); err != nil {
			return err
		}
		if others >= maxPreviews {
			return fmt.Errorf("preview: %w: there are %d already; end one", kind.ErrInvalid, others)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO previews (id, hash, kind, address, part, resource, revision, account, note, created, expires)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			p.ID, digest(secret), string(p.Kind), p.Address, p.Part, p.Resource, p.Revision, p.Account, p.Note, now.Unix(), p.Expires.Unix()); err != nil {
			return err
		}
		return s.note(ctx, tx, "preview.create", "resource:"+p.Address, details("preview", p.ID, "kind", string(p.Kind)))
	})
}

// Preview is the one of a secret, or kind.ErrNotFound where there is none, it has expired or was ended, or its account is not
// there any more.
func (s *Service) Preview(ctx context.Context, secret string) (Preview, error) {
	list, err := s.previews(ctx, `WHERE hash = $1 AND expires > $2 AND account IN (SELECT name FROM accounts)`, digest(secret), s.now().Unix())
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("preview: %w", kind.ErrNotFound)
	}
	if err != nil {
		return Preview{}, err
	}
	return list[0], nil
}

// Previews are those of a resource that work, the newest first.
func (s *Service) Previews(ctx context.Context, address string) ([]Preview, error) {
	return s.previews(ctx, `WHERE address = $1 AND expires > $2 ORDER BY created DESC, id`, address, s.now().Unix())
}

// EndPreview has a preview's address lead nowhere; kind.ErrNotFound where there is none.
func (s *Service) EndPreview(ctx context.Context, address, id string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `DELETE FROM previews WHERE address = $1 AND id = $2`, address, id)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("preview: %w", kind.ErrNotFound))
		}
		return s.note(ctx, tx, "preview.end", "resource:"+address, details("preview", id))
	})
}

func (s *Service) previews(ctx context.Context, where string, args ...any) ([]Preview, error) {
	return sqldb.All(ctx, s.db.Read(), func(row *sql.Rows, p *Preview) error {
		var created, expires int64
		if err := row.Scan(&p.ID, &p.Kind, &p.Address, &p.Part, &p.Resource, &p.Revision, &p.Account, &p.Note, &created, &expires); err != nil {
			return err
		}
		p.Created, p.Expires = time.Unix(created, 0).UTC(), time.Unix(expires, 0).UTC()
		return nil
	}, `SELECT id, kind, address, part, resource, revision, account, note, created, expires FROM previews `+where, args...)
}

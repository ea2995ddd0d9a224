package accounts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// OwnerKind says whose a namespace is.
type OwnerKind string

// A namespace is a person's, a curriculum team's, or an adoption board's.
const (
	Person OwnerKind = "person"
	Team   OwnerKind = "team"
	Board  OwnerKind = "board"
)

// Owner is a namespace of addresses.
type Owner struct {
	Name  string    `json:"name"`
	Title string    `json:"title"`
	Kind  OwnerKind `json:"kind"`
}

// Shared reports whether the owner has members: it is a team or a board.
func (o Owner) Shared() bool { return o.Kind == Team || o.Kind == Board }

// AddTeam creates a curriculum team's namespace. A name that is taken is kind.ErrConflict.
func (s *Service) AddTeam(ctx context.Context, name, title string) error {
	return s.addShared(ctx, name, title, Team)
}

// AddBoard creates an adoption board's namespace. A name that is taken is kind.ErrConflict.
func (s *Service) AddBoard(ctx context.Context, name, title string) error {
	return s.addShared(ctx, name, title, Board)
}

func (s *Service) addShared(ctx context.Context, name, title string, what OwnerKind) error {
	if err := CheckName(name); err != nil {
		return err
	}
	if title == "" {
		title = name
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		if err := addOwner(ctx, tx, name, title, what); err != nil {
			return err
		}
		return s.note(ctx, tx, string(what)+".add", OnOwner(name).String(), details("title", title))
	})
}

// SetTitle changes how pages call a team or a board.
func (s *Service) SetTitle(ctx context.Context, name, title string) error {
	if _, err := s.shared(ctx, name); err != nil {
		return err
	}
	if title == "" {
		title = name
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE owners SET title = $1 WHERE name = $2`, title, name); err != nil {
			return err
		}
		return s.note(ctx, tx, "owner.title", OnOwner(name).String(), details("title", title))
	})
}

// Owner returns one owner, or kind.ErrNotFound.
func (s *Service) Owner(ctx context.Context, name string) (Owner, error) {
	o := Owner{Name: name}
	err := s.db.Read().QueryRowContext(ctx, `SELECT title, kind FROM owners WHERE name = $1`, name).Scan(&o.Title, &o.Kind)
	if errors.Is(err, sql.ErrNoRows) {
		return Owner{}, fmt.Errorf("owner %s: %w", name, kind.ErrNotFound)
	}
	return o, err
}

// Teams lists all teams and boards, by kind and name.
func (s *Service) Teams(ctx context.Context) ([]Owner, error) {
	return s.owners(ctx, `WHERE kind <> 'person' ORDER BY kind, name`)
}

// Writable lists the owners whose namespaces an account may publish in by itself: its own first, then its teams and the
// boards that it chairs.
func (s *Service) Writable(ctx context.Context, a Account) ([]Owner, error) {
	return s.owners(ctx, `WHERE name = $1 OR name IN (SELECT team FROM members WHERE account = $1 AND role <> 'reviewer' AND (source = '' OR `+lastSeen+` > $2))
		 ORDER BY CASE WHEN name = $1 THEN 0 ELSE 1 END, kind DESC, name`, a.Name, s.now().Add(-ProviderRoleLife).Unix())
}

func (s *Service) owners(ctx context.Context, where string, args ...any) ([]Owner, error) {
	return sqldb.All(ctx, s.db.Ready(), func(row *sql.Rows, o *Owner) error {
		return row.Scan(&o.Name, &o.Title, &o.Kind)
	}, `SELECT name, title, kind FROM owners `+where, args...)
}

// MayWrite reports whether an account may publish in an owner's namespace.
func (s *Service) MayWrite(ctx context.Context, a Account, owner string) (bool, error) {
	return Allowed(s.May(ctx, Signed(a), Publish, OnOwner(owner)))
}

// Allowed splits an answer of May into yes or no, and what kept it from being found out.
func Allowed(err error) (bool, error) {
	if errors.Is(err, kind.ErrDenied) {
		return false, nil
	}
	return err == nil, err
}

func addOwner(ctx context.Context, tx *sql.Tx, name, title string, what OwnerKind) error {
	done, err := tx.ExecContext(ctx, `INSERT INTO owners (name, title, kind) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
		name, title, string(what))
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("the name %s is taken: %w", name, kind.ErrConflict))
	}
	return nil
}

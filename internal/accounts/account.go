// Package accounts knows the people who may write: their names, passwords, tokens, sessions, and the owners whose
// namespaces they may write to. Readers have no account and leave no trace here.
package accounts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Role is what an account may do on the whole site.
type Role string

// Authors write to their own namespace and to their teams'. Moderators also decide about reports, takedowns and blocks.
// Admins also write anywhere and manage peers and accounts.
const (
	Author    Role = "author"
	Moderator Role = "moderator"
	Admin     Role = "admin"
)

// CheckRole says what is wrong with a role on the site.
func CheckRole(role Role) error {
	if role != Author && role != Moderator && role != Admin {
		return fmt.Errorf("role %q: %w: use author, moderator or admin", role, kind.ErrInvalid)
	}
	return nil
}

// Account is a person who signs in.
type Account struct {
	Name    string    `json:"name"`
	Display string    `json:"display"` // how credits and pages name the person
	Role    Role      `json:"role"`
	Created time.Time `json:"created"`
}

// Service answers who somebody is and what they may write.
type Service struct {
	db  *sqldb.DB
	now func() time.Time
	log *slog.Logger
	// decoy is a hash that sign-in compares against when the name is unknown, so that both answers take the same time.
	decoy   string
	cost    *argon2id.Params
	work    *work
	guesses guesser
	// reporters bounds reports by address, as guesses bounds attempts to sign in.
	reporters *guesses
	reviewNew bool
	// changed is called after each committed write to what is backed up; nil for nobody.
	changed func(context.Context) error
}

// OnChange has f called after every change to accounts, teams and tokens, once it is committed and before the change is
// answered. An error of f is the answer: the change stands, but was not passed on. Call it before the service is shared.
func (s *Service) OnChange(f func(context.Context) error) { s.changed = f }

// write commits a change of what is backed up, and passes it on.
func (s *Service) write(ctx context.Context, f func(*sql.Tx) error) error {
	if err := s.db.Write(ctx, f); err != nil || s.changed == nil {
		return err
	}
	return s.changed(ctx)
}

// What the hash of a password costs who makes one, and who guesses one. A hash says what it cost, so that one of either kind
// is compared whatever new ones cost.
var (
	// OWASP's second recommended setting for argon2id: 19 MiB, two passes, one lane.
	dear  = argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	cheap = argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
)

// New returns the service over an open database.
func New(db *sqldb.DB, now func() time.Time, log *slog.Logger) (*Service, error) {
	return newService(db, now, log, &dear)
}

// NewWithCheapPasswords is New for tests of something else: its hashes can be guessed. That nothing but tests calls it is
// held by internal/arch.
func NewWithCheapPasswords(db *sqldb.DB, now func() time.Time, log *slog.Logger) (*Service, error) {
	return newService(db, now, log, &cheap)
}

func newService(db *sqldb.DB, now func() time.Time, log *slog.Logger, cost *argon2id.Params) (*Service, error) {
	decoy, err := argon2id.CreateHash(newSecret(), cost)
	if err != nil {
		return nil, err
	}
	guesses, err := newGuesses()
	if err != nil {
		return nil, err
	}
	reporters, err := newGuesses()
	if err != nil {
		return nil, err
	}
	return &Service{db: db, now: now, log: log, decoy: decoy, cost: cost, work: newWork(), guesses: guesses, reporters: reporters}, nil
}

// ShareGuesses counts failed attempts to sign in for all nodes that share the database and the key, which must be secret. Call
// it before the service is shared.
func (s *Service) ShareGuesses(key []byte) { s.guesses = &sharedGuesses{db: s.db, key: key} }

// names are lower case, so that addresses are, and cannot be taken for a route or a file.
var names = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,37}[a-z0-9])?$`)

// CheckName says what is wrong with a name for an account, a team or another owner.
func CheckName(name string) error {
	if !names.MatchString(name) {
		return fmt.Errorf("name %q: %w: use 1 to 39 lower-case letters, digits and inner hyphens", name, kind.ErrInvalid)
	}
	return nil
}

// minPassword follows NIST SP 800-63B: at least 8 characters, no rules of composition.
const minPassword, maxPassword = 8, 1024

// Add creates an account and its namespace. An empty password means that the account signs in by token only.
// A name that is taken is kind.ErrConflict.
func (s *Service) Add(ctx context.Context, name, display string, role Role, password string) (Account, error) {
	if err := CheckName(name); err != nil {
		return Account{}, err
	}
	if err := CheckRole(role); err != nil {
		return Account{}, err
	}
	hash := ""
	if password != "" {
		var err error
		if hash, err = s.hash(ctx, password); err != nil {
			return Account{}, err
		}
	}
	if display == "" {
		display = name
	}
	a := Account{Name: name, Display: display, Role: role, Created: s.now().UTC().Truncate(time.Second)}
	if err := s.write(ctx, func(tx *sql.Tx) error { return s.add(ctx, tx, a, hash) }); err != nil {
		return Account{}, fmt.Errorf("add account %s: %w", name, err)
	}
	return a, nil
}

func (s *Service) add(ctx context.Context, tx *sql.Tx, a Account, hash string) error {
	if err := addOwner(ctx, tx, a.Name, a.Display, Person); err != nil {
		return err
	}
	trusted := 1
	if s.reviewNew && a.Role == Author {
		trusted = 0
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO accounts (name, display, role, password, created, trusted) VALUES ($1, $2, $3, $4, $5, $6)`,
		a.Name, a.Display, string(a.Role), hash, a.Created.Unix(), trusted); err != nil {
		return err
	}
	return s.note(ctx, tx, "account.add", OnOwner(a.Name).String(), details("role", string(a.Role)))
}

// SetRole changes what an account may do on the whole site.
func (s *Service) SetRole(ctx context.Context, name string, role Role) error {
	if err := CheckRole(role); err != nil {
		return err
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE accounts SET role = $1 WHERE name = $2`, string(role), name)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("account %s: %w", name, kind.ErrNotFound))
		}
		return s.note(ctx, tx, "account.role", OnOwner(name).String(), details("role", string(role)))
	})
}

// SetDisplay changes how credits and pages name a person from now on; what is published stays as it is.
func (s *Service) SetDisplay(ctx context.Context, name, display string) error {
	if display == "" || len(display) > 200 {
		return fmt.Errorf("display name: %w: use 1 to 200 bytes", kind.ErrInvalid)
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE accounts SET display = $1 WHERE name = $2`, display, name); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE owners SET title = $1 WHERE name = $2`, display, name)
		return err
	})
}

// SetPassword replaces the password of an account and ends its sessions.
func (s *Service) SetPassword(ctx context.Context, name, password string) error {
	hash, err := s.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		if err := replacePassword(ctx, tx, name, hash); err != nil {
			return err
		}
		return s.note(ctx, tx, "account.password", OnOwner(name).String(), nil)
	})
}

// Disable ends the sessions of an account, revokes its tokens and takes its password and its sign-ins from elsewhere away.
// Its previews end, and releases that are planned in its name are not made. What it published stays. A new password or a new
// token lets the person in again.
func (s *Service) Disable(ctx context.Context, name string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		if err := replacePassword(ctx, tx, name, ""); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM tokens WHERE account = $1`, name); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE identities SET account = '' WHERE account = $1`, name); err != nil {
			return err
		}
		if err := s.revokeOf(ctx, tx, name, ""); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM previews WHERE account = $1`, name); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE planned SET problem = $1 WHERE account = $2 AND problem = ''`, PlanRights, name); err != nil {
			return err
		}
		return s.note(ctx, tx, "account.disable", OnOwner(name).String(), nil)
	})
}

// replacePassword sets the hash of an account's password and ends its sessions.
func replacePassword(ctx context.Context, tx *sql.Tx, name, hash string) error {
	done, err := tx.ExecContext(ctx, `UPDATE accounts SET password = $1 WHERE name = $2`, hash, name)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("account %s: %w", name, kind.ErrNotFound))
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM sessions WHERE account = $1`, name)
	return err
}

func (s *Service) hash(ctx context.Context, password string) (hash string, err error) {
	if len(password) < minPassword || len(password) > maxPassword {
		return "", fmt.Errorf("password: %w: use %d to %d characters", kind.ErrInvalid, minPassword, maxPassword)
	}
	err = s.work.do(ctx, func() (err error) {
		hash, err = argon2id.CreateHash(password, s.cost)
		return err
	})
	return hash, err
}

// Account returns one account by name, or kind.ErrNotFound.
func (s *Service) Account(ctx context.Context, name string) (Account, error) {
	return scan(s.db.Ready().QueryRowContext(ctx, `SELECT name, display, role, created FROM accounts WHERE name = $1`, name))
}

// HasPassword reports whether an account can sign in with a password.
func (s *Service) HasPassword(ctx context.Context, name string) (has bool, err error) {
	var hash string
	err = s.db.Read().QueryRowContext(ctx, `SELECT password FROM accounts WHERE name = $1`, name).Scan(&hash)
	return hash != "", err
}

func scan(row *sql.Row) (Account, error) {
	var a Account
	var created int64
	if err := row.Scan(&a.Name, &a.Display, &a.Role, &created); errors.Is(err, sql.ErrNoRows) {
		return Account{}, fmt.Errorf("account: %w", kind.ErrNotFound)
	} else if err != nil {
		return Account{}, err
	}
	a.Created = time.Unix(created, 0).UTC()
	return a, nil
}

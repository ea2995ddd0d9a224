package accounts

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/google/uuid"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// SessionLife is how long a sign-in lasts.
const SessionLife = 14 * 24 * time.Hour

// SessionLifeElsewhere is how long one lasts that a provider vouched for: who leaves a district, or a group there, is out after
// a working day at the latest, because groups are looked at when somebody signs in.
const SessionLifeElsewhere = 12 * time.Hour

// newSecret returns 256 random bits as text.
func newSecret() string {
	var b [32]byte
	rand.Read(b[:]) //nolint:errcheck // it never fails: crypto/rand documents that it crashes instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// digest is what the database keeps of a secret. The secrets are random, so a plain hash suffices.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// SignIn checks a name and a password and returns the secret of a new session. Anything wrong is kind.ErrDenied, and
// does not say which of the two it was. After five failures for the name, or from the client's address, it is a *WaitError
// for a while, known name or not; the address is compared and never kept, and may be empty.
// The agent is shown in the list of sessions: a kind of browser, nothing that tells one person from another. ErrBusy is a machine that
// cannot keep up.
func (s *Service) SignIn(ctx context.Context, name, password, address, agent string) (string, error) {
	now := s.now()
	if err := s.guesses.begin(ctx, now, name, address); err != nil {
		return "", err
	}
	secret, err := s.signIn(ctx, name, password, agent)
	after := context.WithoutCancel(ctx)
	switch {
	case err == nil:
		return secret, s.guesses.succeeded(after, name, address)
	case !errors.Is(err, kind.ErrDenied):
		err = errors.Join(err, s.guesses.dropped(after, now, name, address))
	}
	return secret, err
}

func (s *Service) signIn(ctx context.Context, name, password, agent string) (string, error) {
	var hash string
	err := s.db.Read().QueryRowContext(ctx, `SELECT password FROM accounts WHERE name = $1`, name).Scan(&hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", err
	}
	known := hash != ""
	if !known {
		hash = s.decoy
	}
	match := len(password) <= maxPassword
	if match {
		err := s.work.do(ctx, func() (err error) {
			match, err = argon2id.ComparePasswordAndHash(password, hash)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	if !known || !match {
		return "", errWrong
	}
	return s.begin(ctx, name, hash, agent)
}

var errWrong = fmt.Errorf("sign in: %w: the name or the password is wrong", kind.ErrDenied)

// begin makes a session, if the account's password still has the hash that was compared.
func (s *Service) begin(ctx context.Context, name, hash, agent string) (string, error) {
	secret := newSecret()
	return secret, s.db.Write(ctx, func(tx *sql.Tx) error {
		var one int
		err := tx.QueryRowContext(ctx, `SELECT 1 FROM accounts WHERE name = $1 AND password = $2`, name, hash).Scan(&one)
		if errors.Is(err, sql.ErrNoRows) {
			return errWrong
		}
		if err != nil {
			return err
		}
		return s.addSession(ctx, tx, secret, name, "", agent)
	})
}

// addSession stores a session, and forgets those that are over.
func (s *Service) addSession(ctx context.Context, tx *sql.Tx, secret, account, method, agent string) error {
	now, life := s.now(), SessionLife
	if method != "" {
		life = SessionLifeElsewhere
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE expires < $1`, now.Unix()); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO sessions (hash, account, expires, id, created, agent, method) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		digest(secret), account, now.Add(life).Unix(), uuid.NewString(), now.Unix(), agent, method)
	return err
}

// Sitting is a session as its account sees it, without its secret.
type Sitting struct {
	ID      string    `json:"id"`
	Agent   string    `json:"agent"`            // such as "Firefox, Linux"
	Method  string    `json:"method,omitempty"` // the issuer that vouched; "" for a password
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	Current bool      `json:"current"` // the one that asks
}

// Sessions lists an account's, the newest first; secret is that of the one that asks.
func (s *Service) Sessions(ctx context.Context, account, secret string) ([]Sitting, error) {
	return sqldb.All(ctx, s.db.Read(), func(row *sql.Rows, v *Sitting) error {
		var hash string
		var created, expires int64
		if err := row.Scan(&hash, &v.ID, &v.Agent, &v.Method, &created, &expires); err != nil {
			return err
		}
		v.Created, v.Expires, v.Current = time.Unix(created, 0).UTC(), time.Unix(expires, 0).UTC(), hash == digest(secret)
		return nil
	}, `SELECT hash, id, agent, method, created, expires FROM sessions
		WHERE account = $1 AND expires > $2 ORDER BY created DESC, id`, account, s.now().Unix())
}

// EndSession ends one of an account's sessions, or with an empty id all of them but the one that asks.
func (s *Service) EndSession(ctx context.Context, account, id, secret string) error {
	return s.db.Write(ctx, func(tx *sql.Tx) error {
		if id == "" {
			_, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE account = $1 AND hash <> $2`, account, digest(secret))
			return err
		}
		done, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE account = $1 AND id = $2`, account, id)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("session: %w", kind.ErrNotFound))
		}
		return nil
	})
}

// Attempted counts an attempt to sign in elsewhere that came from an address, as failed until Succeeded says otherwise. After
// five it is a *WaitError for a while.
func (s *Service) Attempted(ctx context.Context, address string) error {
	return s.guesses.begin(ctx, s.now(), "", address)
}

// Succeeded forgets the attempts from an address.
func (s *Service) Succeeded(ctx context.Context, address string) error {
	return s.guesses.succeeded(ctx, "", address)
}

// Session returns whose session a secret belongs to, or kind.ErrDenied.
func (s *Service) Session(ctx context.Context, secret string) (Account, error) {
	return denied(scan(s.db.Ready().QueryRowContext(ctx,
		`SELECT a.name, a.display, a.role, a.created FROM sessions s JOIN accounts a ON a.name = s.account
		 WHERE s.hash = $1 AND s.expires > $2`, digest(secret), s.now().Unix())))
}

// SignOut ends a session; one that does not exist is none to end.
func (s *Service) SignOut(ctx context.Context, secret string) error {
	return s.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE hash = $1`, digest(secret))
		return err
	})
}

// denied turns "no such" into "you may not": a caller with a wrong secret learns nothing else.
func denied(a Account, err error) (Account, error) {
	if errors.Is(err, kind.ErrNotFound) {
		return Account{}, fmt.Errorf("sign in: %w", kind.ErrDenied)
	}
	return a, err
}

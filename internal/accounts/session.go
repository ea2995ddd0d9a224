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

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// SessionLife is how long a sign-in lasts.
const SessionLife = 14 * 24 * time.Hour

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
// for a while, known name or not; the address is compared and never kept, and may be empty. ErrBusy is a machine that
// cannot keep up.
func (s *Service) SignIn(ctx context.Context, name, password, address string) (string, error) {
	now := s.now()
	if err := s.guesses.begin(now, name, address); err != nil {
		return "", err
	}
	secret, err := s.signIn(ctx, name, password)
	switch {
	case err == nil:
		s.guesses.succeeded(name, address)
	case !errors.Is(err, kind.ErrDenied):
		s.guesses.dropped(now, name, address)
	}
	return secret, err
}

func (s *Service) signIn(ctx context.Context, name, password string) (string, error) {
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
	return s.begin(ctx, name, hash)
}

var errWrong = fmt.Errorf("sign in: %w: the name or the password is wrong", kind.ErrDenied)

// begin makes a session, if the account's password still has the hash that was compared.
func (s *Service) begin(ctx context.Context, name, hash string) (string, error) {
	secret := newSecret()
	now := s.now()
	return secret, s.db.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE expires < $1`, now.Unix()); err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx,
			`INSERT INTO sessions (hash, account, expires) SELECT $1, name, $2 FROM accounts WHERE name = $3 AND password = $4`,
			digest(secret), now.Add(SessionLife).Unix(), name, hash)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, errWrong)
		}
		return nil
	})
}

// Session returns whose session a secret belongs to, or kind.ErrDenied.
func (s *Service) Session(ctx context.Context, secret string) (Account, error) {
	return denied(scan(s.db.Read().QueryRowContext(ctx,
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

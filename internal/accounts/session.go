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
// does not say which of the two it was.
func (s *Service) SignIn(ctx context.Context, name, password string) (string, error) {
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
		if match, err = argon2id.ComparePasswordAndHash(password, hash); err != nil {
			return "", err
		}
	}
	if !known || !match {
		return "", fmt.Errorf("sign in: %w: the name or the password is wrong", kind.ErrDenied)
	}
	return s.begin(ctx, name)
}

func (s *Service) begin(ctx context.Context, name string) (string, error) {
	secret := newSecret()
	now := s.now()
	return secret, s.db.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE expires < $1`, now.Unix()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO sessions (hash, account, expires) VALUES ($1, $2, $3)`,
			digest(secret), name, now.Add(SessionLife).Unix())
		return err
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

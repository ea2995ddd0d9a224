package accounts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Scope is what a token may be used for.
type Scope string

// Read reads what its owner may read; Write publishes; Review takes part in a board's work; Manage runs teams, and for admins
// peers and accounts. None of them opens the account itself: its page, its tokens and its sessions need a browser.
const (
	ScopeRead   Scope = "read"
	ScopeWrite  Scope = "write"
	ScopeReview Scope = "review"
	ScopeManage Scope = "manage"
)

// Scopes are all that there are.
var Scopes = []Scope{ScopeRead, ScopeWrite, ScopeReview, ScopeManage}

// Token is a secret for programs: for the API, and as the password of git.
type Token struct {
	ID      string    `json:"id"`
	Account string    `json:"account"`
	Name    string    `json:"name"` // what its owner calls it
	Scopes  []Scope   `json:"scopes"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"` // zero: never
}

// May reports whether the token has the scope.
func (t Token) May(scope Scope) bool { return slices.Contains(t.Scopes, scope) }

// tokenPrefix lets secret scanners recognize a token that leaked.
const tokenPrefix = "cpt_"

// CreateToken makes a token and returns its secret, which is shown once and never stored. No scopes means read and write.
func (s *Service) CreateToken(ctx context.Context, account, name string, want []Scope, life time.Duration) (string, Token, error) {
	if len(want) == 0 {
		want = []Scope{ScopeRead, ScopeWrite}
	}
	for _, scope := range want {
		if !slices.Contains(Scopes, scope) {
			return "", Token{}, fmt.Errorf("scope %q: %w: use read, write, review or manage", scope, kind.ErrInvalid)
		}
	}
	if _, err := s.Account(ctx, account); err != nil {
		return "", Token{}, fmt.Errorf("create token for %s: %w", account, err)
	}
	if name == "" {
		name = "token"
	}
	now := s.now().UTC().Truncate(time.Second)
	t := Token{ID: uuid.NewString(), Account: account, Name: name, Scopes: want, Created: now}
	var expires int64
	if life > 0 {
		t.Expires = now.Add(life)
		expires = t.Expires.Unix()
	}
	secret := tokenPrefix + newSecret()
	err := s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx,
			`INSERT INTO tokens (id, account, name, hash, scopes, created, expires) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			t.ID, account, name, digest(secret), joinScopes(want), now.Unix(), expires)
		if err != nil {
			return err
		}
		return s.note(ctx, tx, "token.create", OnOwner(account).String(), details("token", t.ID, "scopes", joinScopes(want)))
	})
	return secret, t, err
}

// Token returns the account and the token that a secret stands for, or kind.ErrDenied.
func (s *Service) Token(ctx context.Context, secret string) (Account, Token, error) {
	row := s.db.Read().QueryRowContext(ctx,
		`SELECT id, account, name, scopes, created, expires FROM tokens
		 WHERE hash = $1 AND (expires = 0 OR expires > $2)`, digest(secret), s.now().Unix())
	t, err := scanToken(row.Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Account{}, Token{}, fmt.Errorf("token: %w", kind.ErrDenied)
	}
	if err != nil {
		return Account{}, Token{}, err
	}
	a, err := denied(s.Account(ctx, t.Account))
	return a, t, err
}

// Tokens lists an account's tokens, newest first.
func (s *Service) Tokens(ctx context.Context, account string) ([]Token, error) {
	return sqldb.All(ctx, s.db.Read(), func(row *sql.Rows, t *Token) (err error) {
		*t, err = scanToken(row.Scan)
		return err
	}, `SELECT id, account, name, scopes, created, expires FROM tokens WHERE account = $1 ORDER BY created DESC, id`, account)
}

// RevokeToken deletes one of an account's tokens.
func (s *Service) RevokeToken(ctx context.Context, account, id string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `DELETE FROM tokens WHERE account = $1 AND id = $2`, account, id)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("token %s: %w", id, kind.ErrNotFound))
		}
		return s.note(ctx, tx, "token.revoke", OnOwner(account).String(), details("token", id))
	})
}

func scanToken(scan func(...any) error) (Token, error) {
	var t Token
	var list string
	var created, expires int64
	if err := scan(&t.ID, &t.Account, &t.Name, &list, &created, &expires); err != nil {
		return Token{}, err
	}
	for _, scope := range strings.Fields(list) {
		t.Scopes = append(t.Scopes, Scope(scope))
	}
	t.Created = time.Unix(created, 0).UTC()
	if expires > 0 {
		t.Expires = time.Unix(expires, 0).UTC()
	}
	return t, nil
}

func joinScopes(list []Scope) string {
	words := make([]string, len(list))
	for i, scope := range list {
		words[i] = string(scope)
	}
	return strings.Join(words, " ")
}

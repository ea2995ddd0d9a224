package accounts

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// ErrNewcomer says that nobody here has the identity yet.
var ErrNewcomer = errors.New("sign in: there is no account for this identity yet")

// SignInAs begins a session for whose account an identity is, after it has brought the teams up to date that the
// provider's groups stand for. It is ErrNewcomer where there is no account, and kind.ErrDenied for one that was disabled.
func (s *Service) SignInAs(ctx context.Context, p Provider, id Identity, agent string) (secret string, err error) {
	var account string
	err = s.db.Read().QueryRowContext(ctx, `SELECT account FROM identities WHERE issuer = $1 AND subject = $2`, id.Issuer, id.Subject).Scan(&account)
	if errors.Is(err, sql.ErrNoRows) {
		return "", ErrNewcomer
	}
	if err != nil {
		return "", err
	}
	if account == "" {
		return "", fmt.Errorf("sign in: %w: the account was disabled", kind.ErrDenied)
	}
	if err := s.syncTeams(ctx, p, account, id.Groups); err != nil {
		return "", err
	}
	return s.beginAs(ctx, account, id.Issuer, agent)
}

// beginAs makes a session for an account that was proved elsewhere.
func (s *Service) beginAs(ctx context.Context, account, method, agent string) (string, error) {
	secret := newSecret()
	return secret, s.db.Write(ctx, func(tx *sql.Tx) error { return s.addSession(ctx, tx, secret, account, method, agent) })
}

// Link adds an identity to an account, which can sign in with it from then on. One that is another account's is
// kind.ErrConflict: identities are never merged.
func (s *Service) Link(ctx context.Context, account string, id Identity) error {
	return s.write(ctx, func(tx *sql.Tx) error { return s.link(ctx, tx, account, id) })
}

func (s *Service) link(ctx context.Context, tx *sql.Tx, account string, id Identity) error {
	done, err := tx.ExecContext(ctx, `INSERT INTO identities (issuer, subject, account, created) VALUES ($1, $2, $3, $4)
		ON CONFLICT (issuer, subject) DO UPDATE SET account = excluded.account WHERE identities.account = '' OR identities.account = excluded.account`,
		id.Issuer, id.Subject, account, s.now().Unix())
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("link: %w: this sign-in is another account's", kind.ErrConflict))
	}
	return s.note(ctx, tx, "identity.link", OnOwner(account).String(), details("issuer", id.Issuer))
}

// LinkedIdentity is an identity of an account.
type LinkedIdentity struct {
	Issuer  string    `json:"issuer"`
	Subject string    `json:"subject"`
	Created time.Time `json:"created"`
}

// Identities lists with what an account can sign in beside its password.
func (s *Service) Identities(ctx context.Context, account string) ([]LinkedIdentity, error) {
	return sqldb.All(ctx, s.db.Read(), func(row *sql.Rows, l *LinkedIdentity) error {
		var created int64
		if err := row.Scan(&l.Issuer, &l.Subject, &created); err != nil {
			return err
		}
		l.Created = time.Unix(created, 0).UTC()
		return nil
	}, `SELECT issuer, subject, created FROM identities WHERE account = $1 ORDER BY created, issuer`, account)
}

// Unlink takes an identity from an account. The last way in stays, kind.ErrConflict.
func (s *Service) Unlink(ctx context.Context, account, issuer string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		var password string
		var others int
		if err := tx.QueryRowContext(ctx, `SELECT password, (SELECT COUNT(*) FROM identities WHERE account = $1 AND issuer <> $2)
			FROM accounts WHERE name = $1`, account, issuer).Scan(&password, &others); err != nil {
			return err
		}
		if password == "" && others == 0 {
			return fmt.Errorf("unlink: %w: the account has no other way to sign in", kind.ErrConflict)
		}
		done, err := tx.ExecContext(ctx, `DELETE FROM identities WHERE account = $1 AND issuer = $2`, account, issuer)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("unlink: %w", kind.ErrNotFound))
		}
		return s.note(ctx, tx, "identity.unlink", OnOwner(account).String(), details("issuer", issuer))
	})
}

// arrivalLife is how long somebody may take to choose a name.
const arrivalLife = time.Hour

// Arrive remembers an identity that has no account yet, and returns the secret by which its person comes back with a name.
func (s *Service) Arrive(ctx context.Context, id Identity) (string, error) {
	doc, err := json.Marshal(id)
	if err != nil {
		return "", err
	}
	secret := newSecret()
	return secret, s.db.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM arrivals WHERE expires < $1`, s.now().Unix()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO arrivals (hash, doc, expires) VALUES ($1, $2, $3)`,
			digest(secret), string(doc), s.now().Add(arrivalLife).Unix())
		return err
	})
}

// Arrival returns the identity of Arrive, with a proposed name that nobody has; kind.ErrDenied where it is none or too late.
func (s *Service) Arrival(ctx context.Context, secret string) (Identity, error) {
	var doc string
	var id Identity
	err := s.db.Read().QueryRowContext(ctx, `SELECT doc FROM arrivals WHERE hash = $1 AND expires > $2`, digest(secret), s.now().Unix()).Scan(&doc)
	if errors.Is(err, sql.ErrNoRows) {
		return id, fmt.Errorf("sign in: %w", kind.ErrDenied)
	}
	if err != nil {
		return id, err
	}
	if err := json.Unmarshal([]byte(doc), &id); err != nil {
		return id, err
	}
	id.Proposed, err = s.free(ctx, id.Proposed)
	return id, err
}

// free is a name that nobody has: the wanted one, or that with a number.
func (s *Service) free(ctx context.Context, want string) (string, error) {
	if want == "" {
		return "", nil
	}
	for n := 1; n < 100; n++ {
		name := want
		if n > 1 {
			name = fmt.Sprintf("%s-%d", want[:min(len(want), 36)], n)
		}
		if _, err := s.Owner(ctx, name); errors.Is(err, kind.ErrNotFound) {
			return name, nil
		} else if err != nil {
			return "", err
		}
	}
	return "", nil
}

// Settle makes the account of somebody who arrived, under the name that they chose, and begins a session. A name that is
// taken is kind.ErrConflict, and the arrival stays for another attempt.
func (s *Service) Settle(ctx context.Context, p Provider, arrival, name, display, agent string) (secret string, err error) {
	id, err := s.Arrival(ctx, arrival)
	if err != nil {
		return "", err
	}
	if id.Provider != p.Name || id.Issuer != p.Issuer || !p.NewAccounts {
		return "", fmt.Errorf("sign in: %w", kind.ErrDenied)
	}
	if err := CheckName(name); err != nil {
		return "", err
	}
	if display == "" {
		display = name
	}
	a := Account{Name: name, Display: display, Role: Author, Created: s.now().UTC().Truncate(time.Second)}
	ctx = As(ctx, name)
	err = s.write(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `DELETE FROM arrivals WHERE hash = $1`, digest(arrival))
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("sign in: %w", kind.ErrDenied))
		}
		var known int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM identities WHERE issuer = $1 AND subject = $2`, id.Issuer, id.Subject).Scan(&known); err != nil {
			return err
		}
		if known > 0 { // an account was made meanwhile, or even disabled: whoever was shut out does not come back under another name
			return fmt.Errorf("sign in: %w: there is an account for this identity already", kind.ErrDenied)
		}
		if err := s.add(ctx, tx, a, ""); err != nil {
			return err
		}
		return s.link(ctx, tx, name, id)
	})
	if err != nil {
		return "", err
	}
	return s.SignInAs(ctx, p, id, agent)
}

// ProviderRoleLife is how long a role that a provider's groups gave counts after the last sign-in there, for sessions and for
// tokens: who leaves the district does not sign in there any more, and nobody tells this server.
const ProviderRoleLife = 30 * 24 * time.Hour

// syncTeams gives an account the roles that the provider's groups stand for, and takes those away that they no longer do.
// Roles that a person gave stay as they are.
func (s *Service) syncTeams(ctx context.Context, p Provider, account string, groups []string) error {
	if len(p.Teams) == 0 {
		return nil
	}
	want := map[string]MemberRole{}
	owners := map[string]Owner{}
	for _, group := range groups {
		team, role, _ := strings.Cut(p.Teams[group], ":")
		if team == "" {
			continue
		}
		o, err := s.shared(ctx, team)
		if errors.Is(err, kind.ErrNotFound) || errors.Is(err, kind.ErrInvalid) {
			s.log.Warn("a group stands for a team that there is not", "peer", p.Name, "resource", team)
			continue
		}
		if err != nil {
			return err
		}
		all := o.Kind.Roles()
		if role == "" {
			role = string(all[0])
		}
		if !slices.Contains(all, MemberRole(role)) {
			s.log.Warn("a group stands for a role that its team has not", "peer", p.Name, "resource", team)
			continue
		}
		if owners[team] = o; slices.Index(all, MemberRole(role)) >= slices.Index(all, want[team]) {
			want[team] = MemberRole(role)
		}
	}
	has, err := s.Memberships(ctx, account)
	if err != nil {
		return err
	}
	var changes []func(*sql.Tx) error
	byHand := map[string]bool{}
	for _, m := range has {
		role, wanted := want[m.Team]
		switch {
		case m.Source != p.Issuer:
			byHand[m.Team] = true
		case !wanted:
			changes = append(changes, func(tx *sql.Tx) error { return s.removeMember(ctx, tx, m.Team, account) })
		case role == m.Role:
			delete(want, m.Team)
		}
	}
	for team, role := range want {
		if !byHand[team] {
			changes = append(changes, func(tx *sql.Tx) error { return s.setMember(ctx, tx, owners[team], account, role, p.Issuer) })
		}
	}
	// That it says so still is no event, and nothing that a copy must have at once.
	if err := s.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE members SET seen = $1 WHERE account = $2 AND source = $3`, s.now().Unix(), account, p.Issuer)
		return err
	}); err != nil || len(changes) == 0 {
		return err
	}
	return s.write(As(ctx, p.Name), func(tx *sql.Tx) error {
		for _, change := range changes {
			if err := change(tx); err != nil {
				return err
			}
		}
		return nil
	})
}

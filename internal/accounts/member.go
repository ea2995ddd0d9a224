package accounts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// MemberRole is what somebody may do in a team or on a board.
type MemberRole string

// A team has members, who publish, and maintainers, who also withdraw and manage the team. A board has reviewers, who score
// and vote, and chairs, who also open calls, publish lists and manage the board.
const (
	Member     MemberRole = "member"
	Maintainer MemberRole = "maintainer"
	Reviewer   MemberRole = "reviewer"
	BoardChair MemberRole = "chair"
)

// Roles are those that a kind of owner has, the least first; a person has none.
func (k OwnerKind) Roles() []MemberRole {
	switch k {
	case Team:
		return []MemberRole{Member, Maintainer}
	case Board:
		return []MemberRole{Reviewer, BoardChair}
	}
	return nil
}

// Membership is one account's role in a team or on a board.
type Membership struct {
	Team    string     `json:"team"`
	Account string     `json:"account"`
	Display string     `json:"display"` // of the account
	Role    MemberRole `json:"role"`
	Source  string     `json:"source,omitempty"` // the issuer whose groups say so; "" where a person did
	Since   time.Time  `json:"since,omitzero"`
	Lapsed  bool       `json:"lapsed,omitempty"` // the issuer has not confirmed it for ProviderRoleLife: it gives no rights
}

// AddMember gives an account the least role of a team or board, unless it has one there.
func (s *Service) AddMember(ctx context.Context, team, account string) error {
	o, err := s.shared(ctx, team)
	if err != nil {
		return err
	}
	list, err := s.Members(ctx, team)
	if err != nil || slices.ContainsFunc(list, func(m Membership) bool { return m.Account == account && !m.Lapsed }) {
		return err
	}
	return s.SetMember(ctx, team, account, o.Kind.Roles()[0])
}

// shared returns an owner that has members.
func (s *Service) shared(ctx context.Context, team string) (Owner, error) {
	o, err := s.Owner(ctx, team)
	if err == nil && !o.Shared() {
		err = fmt.Errorf("%s is a person, not a team: %w", team, kind.ErrInvalid)
	}
	return o, err
}

// SetMember gives an account a role in a team or on a board, in the place of the one that it has. It is kind.ErrInvalid if
// the owner has no such role.
func (s *Service) SetMember(ctx context.Context, team, account string, role MemberRole) error {
	if _, err := s.Account(ctx, account); err != nil {
		return fmt.Errorf("add member %s: %w", account, err)
	}
	o, err := s.shared(ctx, team)
	if err != nil {
		return err
	}
	if all := o.Kind.Roles(); !slices.Contains(all, role) {
		return fmt.Errorf("role %q: %w: a %s has %s and %s", role, kind.ErrInvalid, o.Kind, all[0], all[1])
	}
	return s.write(ctx, func(tx *sql.Tx) error { return s.setMember(ctx, tx, o, account, role, "") })
}

func (s *Service) setMember(ctx context.Context, tx *sql.Tx, o Owner, account string, role MemberRole, source string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO members (team, account, role, source, since, seen) VALUES ($1, $2, $3, $4, $5, $5)
		ON CONFLICT (team, account) DO UPDATE SET role = excluded.role, source = excluded.source, seen = excluded.seen`,
		o.Name, account, string(role), source, s.now().Unix())
	if err != nil {
		return err
	}
	if !slices.Contains(leaders, role) {
		if err := s.revokeOf(ctx, tx, account, o.Name); err != nil {
			return err
		}
	}
	return s.note(ctx, tx, "member.set", OnOwner(o.Name).String(), details("account", account, "role", string(role), "source", source))
}

// RemoveMember takes an account out of a team or board. One that is not in it is kind.ErrNotFound. Where nobody is left
// who may manage it, administrators do.
func (s *Service) RemoveMember(ctx context.Context, team, account string) error {
	o, err := s.shared(ctx, team)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *sql.Tx) error { return s.removeMember(ctx, tx, o.Name, account) })
}

func (s *Service) removeMember(ctx context.Context, tx *sql.Tx, team, account string) error {
	done, err := tx.ExecContext(ctx, `DELETE FROM members WHERE team = $1 AND account = $2`, team, account)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("member %s of %s: %w", account, team, kind.ErrNotFound))
	}
	if err := s.revokeOf(ctx, tx, account, team); err != nil {
		return err
	}
	return s.note(ctx, tx, "member.remove", OnOwner(team).String(), details("account", account))
}

// lastSeen is when a provider of sign-ins last said that a member has its role. A version that does not know of that writes
// only since when it has it.
const lastSeen = `(CASE WHEN seen > since THEN seen ELSE since END)`

const memberColumns = `SELECT m.team, m.account, a.display, m.role, m.source, m.since, m.seen FROM members m JOIN accounts a ON a.name = m.account `

// Members lists who is in a team or on a board, by name; those whose role has lapsed too.
func (s *Service) Members(ctx context.Context, team string) ([]Membership, error) {
	return s.memberships(ctx, memberColumns+`WHERE m.team = $1 ORDER BY m.account`, team)
}

// Memberships lists the teams and boards that an account is in, by name.
func (s *Service) Memberships(ctx context.Context, account string) ([]Membership, error) {
	return s.memberships(ctx, memberColumns+`WHERE m.account = $1 ORDER BY m.team`, account)
}

func (s *Service) memberships(ctx context.Context, query, name string) ([]Membership, error) {
	ended := s.now().Add(-ProviderRoleLife).Unix()
	return sqldb.All(ctx, s.db.Read(), func(row *sql.Rows, m *Membership) error {
		var since, seen int64
		if err := row.Scan(&m.Team, &m.Account, &m.Display, &m.Role, &m.Source, &since, &seen); err != nil {
			return err
		}
		if since > 0 {
			m.Since = time.Unix(since, 0).UTC()
		}
		m.Lapsed = m.Source != "" && max(seen, since) <= ended
		return nil
	}, query, name)
}

// details makes the details of an event of names and values; empty values are left out.
func details(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			m[pairs[i]] = pairs[i+1]
		}
	}
	if len(m) == 0 {
		return nil
	}
	return m
}

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

// InvitationLife is how long an invitation can be answered.
const InvitationLife = 14 * 24 * time.Hour

// Invitation is an offer of a role in a team or on a board, to whoever has its link. It can be answered once.
type Invitation struct {
	ID      string     `json:"id"`
	Team    string     `json:"team"`
	Title   string     `json:"title"` // of the team
	Role    MemberRole `json:"role"`
	By      string     `json:"by"`
	Note    string     `json:"note,omitempty"` // for whom, as the inviter calls them
	Created time.Time  `json:"created"`
	Expires time.Time  `json:"expires"`
	Answer  string     `json:"answer,omitempty"`  // accepted, declined or revoked; "" while it waits
	Account string     `json:"account,omitempty"` // who answered
}

// Invite makes an invitation and returns the secret of its link, which is shown once and never stored.
func (s *Service) Invite(ctx context.Context, team string, role MemberRole, note string) (string, Invitation, error) {
	o, err := s.shared(ctx, team)
	if err != nil {
		return "", Invitation{}, err
	}
	if !slices.Contains(o.Kind.Roles(), role) {
		return "", Invitation{}, fmt.Errorf("role %q: %w: a %s does not have it", role, kind.ErrInvalid, o.Kind)
	}
	now := s.now().UTC().Truncate(time.Second)
	i := Invitation{
		ID: uuid.NewString(), Team: o.Name, Title: o.Title, Role: role, By: actorOf(ctx), Note: note,
		Created: now, Expires: now.Add(InvitationLife),
	}
	secret := newSecret()
	return secret, i, s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO invitations (id, hash, team, role, invited_by, note, created, expires)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, i.ID, digest(secret), i.Team, string(i.Role), i.By, i.Note, now.Unix(), i.Expires.Unix())
		if err != nil {
			return err
		}
		return s.note(ctx, tx, "invitation.create", OnOwner(team).String(), details("invitation", i.ID, "role", string(role)))
	})
}

const invitationColumns = `SELECT i.id, i.team, o.title, i.role, i.invited_by, i.note, i.created, i.expires, i.answer, i.account
	FROM invitations i JOIN owners o ON o.name = i.team `

// Invitation returns the one that a link's secret is for, or kind.ErrNotFound if there is none that can be answered still, or
// who made it may not invite any more.
func (s *Service) Invitation(ctx context.Context, secret string) (Invitation, error) {
	list, err := s.invitations(ctx, `WHERE i.hash = $1 AND i.answer = '' AND i.expires > $2`, digest(secret), s.now().Unix())
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("invitation: %w", kind.ErrNotFound)
	}
	if err == nil {
		err = s.invites(ctx, list[0])
	}
	if err != nil {
		return Invitation{}, err
	}
	return list[0], nil
}

// invites refuses an invitation whose maker may not invite now: is blocked, or has a role that a provider does not confirm.
func (s *Service) invites(ctx context.Context, i Invitation) error {
	if i.By == Operator {
		return nil
	}
	by, err := s.Account(ctx, i.By)
	if err == nil {
		err = s.May(ctx, Signed(by), ManageTeam, OnOwner(i.Team))
	}
	if errors.Is(err, kind.ErrDenied) {
		err = fmt.Errorf("invitation: %w", kind.ErrNotFound)
	}
	return err
}

// InvitationsByMail is how many links one person may have sent by mail in a day: they go to whoever the person names.
const InvitationsByMail = 20

// MailInvitation notes that an invitation's link goes out by mail; kind.ErrConflict where its maker has had enough sent in
// the last 24 hours.
func (s *Service) MailInvitation(ctx context.Context, i Invitation) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		var sent int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM invitations WHERE invited_by = $1 AND created > $2 AND mailed = 1`,
			i.By, s.now().Add(-24*time.Hour).Unix()).Scan(&sent); err != nil {
			return err
		}
		if sent >= InvitationsByMail {
			return fmt.Errorf("mail an invitation: %w: %d were sent in a day", kind.ErrConflict, sent)
		}
		_, err := tx.ExecContext(ctx, `UPDATE invitations SET mailed = 1 WHERE id = $1`, i.ID)
		return err
	})
}

// Invitations lists a team's, the newest first; those that were answered too.
func (s *Service) Invitations(ctx context.Context, team string) ([]Invitation, error) {
	return s.invitations(ctx, `WHERE i.team = $1 ORDER BY i.created DESC, i.id LIMIT 200`, team)
}

func (s *Service) invitations(ctx context.Context, where string, args ...any) ([]Invitation, error) {
	return sqldb.All(ctx, s.db.Read(), func(row *sql.Rows, i *Invitation) error {
		var created, expires int64
		if err := row.Scan(&i.ID, &i.Team, &i.Title, &i.Role, &i.By, &i.Note, &created, &expires, &i.Answer, &i.Account); err != nil {
			return err
		}
		i.Created, i.Expires = time.Unix(created, 0).UTC(), time.Unix(expires, 0).UTC()
		return nil
	}, invitationColumns+where, args...)
}

// AnswerInvitation accepts or declines an invitation for an account. Who has a role already keeps the greater one. A link
// that was answered, revoked or has expired is kind.ErrNotFound.
func (s *Service) AnswerInvitation(ctx context.Context, secret string, a Account, accept bool) (Invitation, error) {
	i, err := s.Invitation(ctx, secret)
	if err != nil {
		return i, err
	}
	o, err := s.shared(ctx, i.Team)
	if err != nil {
		return i, err
	}
	i.Account, i.Answer = a.Name, "declined"
	if accept {
		i.Answer = "accepted"
	}
	return i, s.write(ctx, func(tx *sql.Tx) error {
		if err := s.answer(ctx, tx, i); err != nil || !accept {
			return err
		}
		var has MemberRole
		err := tx.QueryRowContext(ctx, `SELECT role FROM members WHERE team = $1 AND account = $2 AND (source = '' OR `+lastSeen+` > $3)`,
			i.Team, a.Name, s.now().Add(-ProviderRoleLife).Unix()).Scan(&has)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if all := o.Kind.Roles(); slices.Index(all, has) >= slices.Index(all, i.Role) {
			return nil
		}
		return s.setMember(ctx, tx, o, a.Name, i.Role, "")
	})
}

// RevokeInvitation makes a link worthless.
func (s *Service) RevokeInvitation(ctx context.Context, team, id string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		return s.answer(ctx, tx, Invitation{ID: id, Team: team, Answer: "revoked", Account: actorOf(ctx)})
	})
}

// answer closes an invitation that nobody has closed yet.
func (s *Service) answer(ctx context.Context, tx *sql.Tx, i Invitation) error {
	done, err := tx.ExecContext(ctx, `UPDATE invitations SET answer = $1, account = $2 WHERE id = $3 AND team = $4 AND answer = ''`,
		i.Answer, i.Account, i.ID, i.Team)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("invitation: %w", kind.ErrNotFound))
	}
	return s.note(ctx, tx, "invitation."+i.Answer, OnOwner(i.Team).String(), details("invitation", i.ID, "account", i.Account))
}

// revokeOf makes the open links of an account worthless, of one team or, where team is empty, of all: who may not invite any
// more must not come back, or bring others, by a link that was made before.
func (s *Service) revokeOf(ctx context.Context, tx *sql.Tx, account, team string) error {
	_, err := tx.ExecContext(ctx, `UPDATE invitations SET answer = 'revoked' WHERE invited_by = $1 AND answer = '' AND ($2 = '' OR team = $2)`, account, team)
	return err
}

package accounts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Dossier is everything that is kept of an account, beside what it published. Secrets are not in it.
type Dossier struct {
	Account     Account          `json:"account"`
	Identities  []LinkedIdentity `json:"identities"`
	Sessions    []Sitting        `json:"sessions"`
	Tokens      []Token          `json:"tokens"`
	Memberships []Membership     `json:"memberships"`
	Grants      []Grant          `json:"grants"`
	Invitations []Invitation     `json:"invitations"` // that the account made or answered
	Previews    []Preview        `json:"previews"`
	Mail        *MailAddress     `json:"mail,omitempty"` // where notices are sent
	Planned     []Planned        `json:"planned"`        // releases that are to be made in its name
	Events      []Event          `json:"events"`         // of the audit log that the account did, or that are about it
}

// Dossier returns what is kept of an account.
func (s *Service) Dossier(ctx context.Context, name, secret string) (p Dossier, err error) {
	if p.Account, err = s.Account(ctx, name); err != nil {
		return p, err
	}
	var failed [9]error
	p.Identities, failed[0] = s.Identities(ctx, name)
	p.Sessions, failed[1] = s.Sessions(ctx, name, secret)
	p.Tokens, failed[2] = s.Tokens(ctx, name)
	p.Memberships, failed[3] = s.Memberships(ctx, name)
	p.Grants, failed[4] = s.GrantsOf(ctx, name)
	p.Invitations, failed[5] = s.invitations(ctx, `WHERE i.invited_by = $1 OR i.account = $1 ORDER BY i.created, i.id`, name)
	p.Events, failed[6] = s.events(ctx, `WHERE actor = $1 OR object = $2 ORDER BY seq`, name, OnOwner(name).String())
	p.Previews, failed[7] = s.previews(ctx, `WHERE account = $1 ORDER BY created, id`, name)
	p.Planned, failed[8] = s.plans(ctx, `WHERE account = $1 ORDER BY due, address, version`, name)
	if m, err := s.Mail(ctx, name); err == nil {
		p.Mail = &m
	} else if !errors.Is(err, kind.ErrNotFound) {
		return p, err
	}
	return p, errors.Join(failed[:]...)
}

// Leaver is an account that was erased, as its credit stays.
type Leaver struct {
	Account   string
	Display   string // as what it published names it
	Pseudonym string // in the place of that; "" to stay as published
}

// Leave erases an account: its password, identities, sessions, tokens, roles and rights. Its name stays taken, so that nobody
// else gets the addresses of what it published. With a pseudonym pages show that in the place of the name in credits. The
// last administrator cannot leave, kind.ErrConflict.
func (s *Service) Leave(ctx context.Context, name, pseudonym string) error {
	a, err := s.Account(ctx, name)
	if err != nil {
		return err
	}
	if len(pseudonym) > 200 {
		return fmt.Errorf("pseudonym: %w: use at most 200 bytes", kind.ErrInvalid)
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		if a.Role == Admin {
			var others int
			if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM accounts WHERE role = 'admin' AND name <> $1`, name).Scan(&others); err != nil {
				return err
			}
			if others == 0 {
				return fmt.Errorf("erase account: %w: the last administrator stays", kind.ErrConflict)
			}
		}
		if err := s.revokeOf(ctx, tx, name, ""); err != nil {
			return err
		}
		for _, query := range []string{
			`DELETE FROM sessions WHERE account = $1`, `DELETE FROM tokens WHERE account = $1`, `DELETE FROM identities WHERE account = $1`,
			`DELETE FROM members WHERE account = $1`, `DELETE FROM previews WHERE account = $1`, `DELETE FROM mail_addresses WHERE account = $1`, `DELETE FROM planned WHERE account = $1`, `DELETE FROM grants WHERE account = $1`, `DELETE FROM accounts WHERE name = $1`,
			`UPDATE invitations SET account = '' WHERE account = $1`, `UPDATE invitations SET note = '', invited_by = '' WHERE invited_by = $1`,
		} {
			if _, err := tx.ExecContext(ctx, query, name); err != nil {
				return err
			}
		}
		shown, display := a.Display, a.Display
		if pseudonym != "" {
			shown = pseudonym
		}
		if _, err := tx.ExecContext(ctx, `UPDATE owners SET title = $1 WHERE name = $2`, shown, name); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO leavers (account, display, pseudonym, at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (account) DO UPDATE SET display = excluded.display, pseudonym = excluded.pseudonym`,
			name, display, pseudonym, s.now().Unix()); err != nil {
			return err
		}
		return s.note(ctx, tx, "account.erase", OnOwner(name).String(), nil)
	})
}

// Leaver returns an account that was erased, or kind.ErrNotFound.
func (s *Service) Leaver(ctx context.Context, name string) (Leaver, error) {
	l := Leaver{Account: name}
	err := s.db.Read().QueryRowContext(ctx, `SELECT display, pseudonym FROM leavers WHERE account = $1`, name).Scan(&l.Display, &l.Pseudonym)
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("leaver %s: %w", name, kind.ErrNotFound)
	}
	return l, err
}

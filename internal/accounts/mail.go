package accounts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// MailAddress is where an account wants notices sent.
type MailAddress struct {
	Account   string    `json:"account"`
	Address   string    `json:"address"`
	Language  string    `json:"language"`
	Confirmed bool      `json:"confirmed"` // somebody who reads the mail there has said yes; before that nothing but the question is sent
	Created   time.Time `json:"created"`
}

// mailPause is between two addresses of an account: each is sent a question, and its reader may be a stranger.
const mailPause = 10 * time.Minute

// SetMail notes where an account wants notices; the caller has checked the address, and asks there. Another address sooner than
// ten minutes after the one before is kind.ErrConflict.
func (s *Service) SetMail(ctx context.Context, account, address, language string) error {
	now := s.now().Unix()
	return s.write(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `INSERT INTO mail_addresses (account, address, language, confirmed, created) VALUES ($1, $2, $3, 0, $4)
			ON CONFLICT (account) DO UPDATE SET address = excluded.address, language = excluded.language, confirmed = 0, created = excluded.created
			WHERE mail_addresses.created <= $5`, account, address, language, now, now-int64(mailPause.Seconds()))
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("mail address: %w: another was given a moment ago; wait ten minutes", kind.ErrConflict))
		}
		return nil
	})
}

// ConfirmMail notes that the reader of an address wants the notices. An address that the account has replaced is
// kind.ErrNotFound.
func (s *Service) ConfirmMail(ctx context.Context, account, address string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE mail_addresses SET confirmed = 1 WHERE account = $1 AND address = $2`, account, address)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("mail address: %w", kind.ErrNotFound))
		}
		return nil
	})
}

// ForgetMail ends an account's notices. The row stays without an address for as long as another must wait.
func (s *Service) ForgetMail(ctx context.Context, account string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE mail_addresses SET address = '', confirmed = 0 WHERE account = $1`, account)
		return err
	})
}

// Mail is where an account wants notices, or kind.ErrNotFound.
func (s *Service) Mail(ctx context.Context, account string) (MailAddress, error) {
	m := MailAddress{Account: account}
	var confirmed int
	var created int64
	err := s.db.Read().QueryRowContext(ctx, `SELECT address, language, confirmed, created FROM mail_addresses WHERE account = $1 AND address <> ''`, account).
		Scan(&m.Address, &m.Language, &confirmed, &created)
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("mail address of %s: %w", account, kind.ErrNotFound)
	}
	m.Confirmed, m.Created = confirmed != 0, time.Unix(created, 0).UTC()
	return m, err
}

// RefuseMail notes that whoever reads an address wants neither questions nor invitations, or, where on is false, that they may
// come again. The address is one that the caller has hashed with a key.
func (s *Service) RefuseMail(ctx context.Context, hashed string, on bool) error {
	query, args := `DELETE FROM mail_refused WHERE address = $1`, []any{hashed}
	if on {
		query, args = `INSERT INTO mail_refused (address, created) VALUES ($1, $2) ON CONFLICT DO NOTHING`, append(args, s.now().Unix())
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	})
}

// RefusesMail reports whether RefuseMail was told so.
func (s *Service) RefusesMail(ctx context.Context, hashed string) (bool, error) {
	var n int
	err := s.db.Read().QueryRowContext(ctx, `SELECT COUNT(*) FROM mail_refused WHERE address = $1`, hashed).Scan(&n)
	return n > 0, err
}

// ToldElsewhere reports whether a release on another server was told by mail.
func (s *Service) ToldElsewhere(ctx context.Context, identifier, version string) (bool, error) {
	var n int
	err := s.db.Read().QueryRowContext(ctx, `SELECT COUNT(*) FROM mail_told WHERE identifier = $1 AND version = $2`, identifier, version).Scan(&n)
	return n > 0, err
}

// NoteToldElsewhere notes that one was.
func (s *Service) NoteToldElsewhere(ctx context.Context, identifier, version string) error {
	return s.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO mail_told (identifier, version, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, identifier, version, s.now().Unix())
		return err
	})
}

// NewReports counts the reports that came after one time and before another, and wait.
func (s *Service) NewReports(ctx context.Context, after, before time.Time) (n int, err error) {
	err = s.db.Read().QueryRowContext(ctx, `SELECT COUNT(*) FROM reports WHERE closed = 0 AND created > $1 AND created <= $2`, after.Unix(), before.Unix()).Scan(&n)
	return n, err
}

// Moderators are the accounts that moderate.
func (s *Service) Moderators(ctx context.Context) (names []string, err error) {
	return sqldb.Strings(ctx, s.db.Read(), `SELECT name FROM accounts WHERE role IN ('moderator', 'admin') ORDER BY name`)
}

// EventsAfter are the events of the log with greater numbers than one, in their order.
func (s *Service) EventsAfter(ctx context.Context, seq int64, limit int) ([]Event, error) {
	return s.events(ctx, `WHERE seq > $1 ORDER BY seq LIMIT $2`, seq, limit)
}

// LastEvent is the number of the newest event of the log; 0: there is none.
func (s *Service) LastEvent(ctx context.Context) (seq int64, err error) {
	err = s.db.Read().QueryRowContext(ctx, `SELECT COALESCE(MAX(seq), 0) FROM audit`).Scan(&seq)
	return seq, err
}

package accounts

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
)

// tables are what cannot be derived from the bucket's repositories. Sessions and half-finished sign-ins are left out: people
// sign in again. The audit log is kept by itself, because it only grows.
var tables = map[string][]string{
	"owners":      {"name", "title", "kind"},
	"accounts":    {"name", "display", "role", "password", "created", "trusted"},
	"members":     {"team", "account", "role", "source", "since", "seen"},
	"tokens":      {"id", "account", "name", "hash", "scopes", "created", "expires"},
	"identities":  {"issuer", "subject", "account", "created"},
	"grants":      {"object", "account", "role", "granted_by", "created"},
	"invitations": {"id", "hash", "team", "role", "invited_by", "note", "created", "expires", "answer", "account", "mailed"},
	"leavers":     {"account", "display", "pseudonym", "at"},
	"blocks":      {"owner", "reason", "blocked_by", "created"},
	"takedowns": {
		"address", "basis", "notice", "taken_by", "created", "appeal", "appealed_by", "appealed", "answer", "answered_by", "answered",
	},
	"planned":        {"address", "version", "revision", "notes", "account", "zone", "due", "created", "problem"},
	"previews":       {"id", "hash", "kind", "address", "part", "resource", "revision", "account", "note", "created", "expires"},
	"mail_addresses": {"account", "address", "language", "confirmed", "created"},
	"mail_refused":   {"address", "created"},
	"reports":        {"id", "resource", "title", "page", "revision", "why", "words", "created", "closed", "closed_by", "outcome"},
}

// first are the tables, with as many of their columns, that every copy has: the others came later.
var first = map[string]int{"owners": 3, "accounts": 5, "members": 3, "tokens": 7}

// fewer reports whether a row of so many values is one of an older copy, without the columns that came last.
func fewer(table string, values int) bool {
	return values > 0 && (values == first[table] || (table == "invitations" || table == "members") && values == len(tables[table])-1)
}

// Export writes all accounts, teams, rights and moderators' work as JSON, with hashes for secrets.
func (s *Service) Export(ctx context.Context) ([]byte, error) {
	all := map[string][][]any{}
	for table, columns := range tables {
		rows, err := s.rows(ctx, table, columns)
		if err != nil {
			return nil, fmt.Errorf("export %s: %w", table, err)
		}
		all[table] = rows
	}
	return json.Marshal(all)
}

func (s *Service) rows(ctx context.Context, table string, columns []string) ([][]any, error) {
	rows, err := s.db.Read().QueryContext(ctx, `SELECT `+list(columns)+` FROM `+table+` ORDER BY 1, 2`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := [][]any{}
	for rows.Next() {
		values := make([]any, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		found = append(found, values)
	}
	return found, rows.Err()
}

// Import adds what Export wrote; what is there already stays as it is. Nothing is added where a table is missing or unknown.
func (s *Service) Import(ctx context.Context, exported []byte) error {
	var all map[string][][]any
	if err := json.Unmarshal(exported, &all); err != nil {
		return fmt.Errorf("import accounts: %w", err)
	}
	for table := range all {
		if tables[table] == nil {
			return fmt.Errorf("import accounts: unknown table %q", table)
		}
	}
	for table := range first {
		if all[table] == nil {
			return fmt.Errorf("import accounts: the table %q is missing", table)
		}
	}
	return s.db.Write(ctx, func(tx *sql.Tx) error {
		for table, columns := range tables {
			for _, values := range all[table] {
				given := columns
				if fewer(table, len(values)) {
					given = columns[:len(values)]
				}
				query := insert(table, given)
				if len(values) != len(given) {
					return fmt.Errorf("import accounts: a row of %s has %d values, not %d", table, len(values), len(columns))
				}
				for i, v := range values {
					if number, ok := v.(float64); ok {
						values[i] = int64(number)
					}
				}
				if _, err := tx.ExecContext(ctx, query, values...); err != nil {
					return fmt.Errorf("import %s: %w", table, err)
				}
			}
		}
		return nil
	})
}

// insert is a statement that adds a row, unless it is there.
func insert(table string, columns []string) string {
	marks := make([]string, len(columns))
	for i := range marks {
		marks[i] = fmt.Sprintf("$%d", i+1)
	}
	return `INSERT INTO ` + table + ` (` + list(columns) + `) VALUES (` + list(marks) + `) ON CONFLICT DO NOTHING`
}

func list(words []string) string {
	return strings.Join(words, ", ")
}

package bench

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
)

// nobody runs the server where the tests run as root, which PostgreSQL refuses to.
const nobody = 65534

type postgres struct {
	db     *sql.DB
	server *exec.Cmd
	dir    string
	side   *side
	next   int
	pid    int // of the connection's process
}

func openPostgres(t testing.TB, dir string) engine {
	bin := ""
	if path, err := exec.LookPath("initdb"); err == nil {
		bin = filepath.Dir(path)
	}
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb"); len(found) > 0 {
		bin = filepath.Dir(found[len(found)-1])
	}
	if bin == "" {
		t.Log("PostgreSQL is left out: apt install postgresql")
		return nil
	}
	data := filepath.Join(dir, "data")
	_, err := os.Stat(data)
	fresh := errors.Is(err, fs.ErrNotExist)
	if fresh {
		require.NoError(t, os.MkdirAll(dir, 0o755))
		if os.Getuid() == 0 {
			for up := filepath.Dir(dir); up != "/tmp" && up != "/"; up = filepath.Dir(up) {
				require.NoError(t, os.Chmod(up, 0o755)) // the server's user must come through
			}
			require.NoError(t, os.Chown(dir, nobody, nobody))
		}
		out, err := unprivileged(bin+"/initdb", "-D", data, "-A", "trust", "-U", "bench", "--locale=C.UTF-8").CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	var said bytes.Buffer
	server := unprivileged(bin+"/postgres", "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "shared_buffers=1GB", "-c", "work_mem=64MB",
		"-c", "max_parallel_workers_per_gather=0", "-c", "jit=off", "-c", "maintenance_work_mem=512MB", "-c", "max_wal_size=4GB")
	server.Stderr = &said
	require.NoError(t, server.Start())
	db, err := sql.Open("pgx", "host="+dir+" user=bench dbname=postgres")
	require.NoError(t, err)
	db.SetMaxOpenConns(1)
	require.Eventually(t, func() bool { return db.Ping() == nil }, time.Minute, 100*time.Millisecond, "%s", &said)
	p := &postgres{db: db, server: server, dir: dir}
	if fresh {
		_, err = db.Exec(tables + "CREATE UNLOGGED TABLE raw (id INTEGER, title TEXT, text TEXT)")
		require.NoError(t, err)
	}
	p.side, err = newSide(db)
	require.NoError(t, err)
	return p
}

// unprivileged is a command that does not run as root, and ends with the test.
func unprivileged(name string, args ...string) *exec.Cmd {
	c := exec.Command(name, args...)
	c.Dir = "/"
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGINT}
	if os.Getuid() == 0 {
		c.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	return c
}

// index copies the rows in. Words are read at the end, by as many processes as there are processors.
func (p *postgres) index(l *load) error {
	for docs := l.documents(); len(docs) > 0; docs = l.documents() {
		rows := map[string][][]any{}
		for i := range docs {
			p.next++
			p.side.rows(p.next, &docs[i], func(table string, row ...any) { rows[table] = append(rows[table], row) })
			rows["raw"] = append(rows["raw"], []any{p.next, docs[i].Title, text(&docs[i])})
		}
		for table, list := range rows {
			if err := p.copy(table, list); err != nil {
				return fmt.Errorf("copy %s: %w", table, err)
			}
		}
	}
	return nil
}

// copy adds rows by COPY.
func (p *postgres) copy(table string, rows [][]any) error {
	c, err := p.db.Conn(context.Background())
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	return c.Raw(func(driver any) error {
		conn := driver.(*stdlib.Conn).Conn()
		var columns []string
		known, err := conn.Query(context.Background(), "SELECT * FROM "+table+" LIMIT 0")
		if err != nil {
			return err
		}
		for _, f := range known.FieldDescriptions() {
			columns = append(columns, f.Name)
		}
		known.Close()
		_, err = conn.CopyFrom(context.Background(), pgx.Identifier{table}, columns, pgx.CopyFromRows(rows))
		return err
	})
}

func (p *postgres) finish() error {
	for _, s := range []string{
		"SET max_parallel_workers_per_gather = 8; SET max_parallel_maintenance_workers = 8; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0",
		"ALTER TABLE raw SET (parallel_workers = 4)",
		"ANALYZE raw; ANALYZE doc",
		`CREATE TABLE full_doc AS SELECT d.*, r.words FROM
			(SELECT id, setweight(to_tsvector('english', title), 'A') || to_tsvector('english', text) AS words FROM raw) r JOIN doc d USING (id)`,
		"DROP TABLE raw; DROP TABLE doc; ALTER TABLE full_doc RENAME TO doc",
		"ALTER TABLE doc ADD PRIMARY KEY (id)",
		"CREATE INDEX ON doc (modified); CREATE INDEX ON doc (license); CREATE INDEX ON doc USING gin (words)",
		"VACUUM ANALYZE", "CHECKPOINT", "RESET ALL",
	} {
		if _, err := p.db.Exec(s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

func (p *postgres) size() (n int64, err error) {
	return n, p.db.QueryRow("SELECT pg_database_size('postgres')").Scan(&n)
}

func (p *postgres) close() error {
	err := p.db.Close()
	_ = p.server.Process.Signal(syscall.SIGINT)
	return errors.Join(err, p.server.Wait())
}

// ask measures the time of the server's process, without that of this one.
func (p *postgres) ask(q question) (total int, took time.Duration, err error) {
	start := time.Now()
	before, err := p.busy()
	if err != nil {
		return 0, 0, err
	}
	if total, err = p.answer(q); err != nil {
		return 0, 0, err
	}
	after, err := p.busy()
	if *wall {
		return total, time.Since(start), err
	}
	return total, after - before, err
}

// busy is how long the server's process has had a processor.
func (p *postgres) busy() (time.Duration, error) {
	if *wall {
		return 0, nil
	}
	if p.pid == 0 {
		if err := p.db.QueryRow("SELECT pg_backend_pid()").Scan(&p.pid); err != nil {
			return 0, err
		}
	}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", p.pid))
	if err != nil {
		return 0, err
	}
	var ns int64
	_, err = fmt.Sscan(string(b), &ns)
	return time.Duration(ns), err
}

func (p *postgres) answer(q question) (total int, err error) {
	if q.standard != "" {
		if err = readIDs(p.db.Query("SELECT doc FROM doc_above WHERE standard = $1 ORDER BY doc LIMIT 10", q.standard)); err != nil {
			return 0, err
		}
		err = p.db.QueryRow("SELECT count(*) FROM doc_above WHERE standard = $1", q.standard).Scan(&total)
		return total, err
	}
	where, args := "words @@ plainto_tsquery('english', $1)", []any{strings.Join(q.words, " ")}
	if q.license != "" {
		where += " AND license = $2 AND id IN (SELECT doc FROM doc_grade WHERE grade = $3)"
		args = append(args, q.license, q.grade)
	}
	order := "ts_rank(words, plainto_tsquery('english', $1)) DESC"
	if q.newest {
		order = "modified DESC"
	}
	if err = readIDs(p.db.Query("SELECT id FROM doc WHERE "+where+" ORDER BY "+order+" LIMIT 10", args...)); err != nil {
		return 0, err
	}
	if q.facets {
		total, err = readAll(p.db.Query("WITH m AS MATERIALIZED (SELECT id FROM doc WHERE "+where+")"+facetQueries, args...))
		return total, err
	}
	err = p.db.QueryRow("SELECT count(*) FROM doc WHERE "+where, args...).Scan(&total)
	return total, err
}

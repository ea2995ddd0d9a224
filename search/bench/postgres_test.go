package bench

import (
	"bytes"
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

	_ "github.com/jackc/pgx/v5/stdlib"
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
	if fresh {
		_, err = db.Exec(tables + "ALTER TABLE doc ADD words tsvector")
		require.NoError(t, err)
	}
	p := &postgres{db: db, server: server, dir: dir}
	p.side, err = newSide(db, " ON CONFLICT DO NOTHING")
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

func (p *postgres) index(l *load) error {
	tx, err := p.db.Begin()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for docs := l.documents(); len(docs) > 0; docs = l.documents() {
		for i := range docs {
			p.next++
			if err := p.side.insert(tx, p.next, &docs[i]); err != nil {
				return fmt.Errorf("insert: %w", err)
			}
			if _, err := tx.Exec("UPDATE doc SET words = setweight(to_tsvector('english', $2), 'A') || to_tsvector('english', $3) WHERE id = $1",
				p.next, docs[i].Title, text(&docs[i])); err != nil {
				return err
			}
		}
	}
	return tx.Commit()
}

func (p *postgres) finish() error {
	for _, s := range []string{"CREATE INDEX ON doc USING gin (words)", "VACUUM FULL ANALYZE", "CHECKPOINT"} {
		if _, err := p.db.Exec(s); err != nil {
			return err
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

package sqldbtest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
)

// server is a PostgreSQL of this process's own, in a temporary folder, that answers at a socket in it alone.
type server struct {
	folder string
	shell  *exec.Cmd
	stdin  io.Closer
	admin  *sql.DB
	count  atomic.Int64
}

var errMissing = errors.New("initdb and postgres are not installed: apt-get install postgresql")

// find returns the folder of the newest installed PostgreSQL's programs.
func find() (string, error) {
	folders, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", err
	}
	slices.Reverse(folders)
	folders = append(filepath.SplitList(os.Getenv("PATH")), append([]string{"/usr/local/bin"}, folders...)...)
	for _, folder := range folders {
		if program(folder, "initdb") && program(folder, "postgres") {
			return folder, nil
		}
	}
	return "", errMissing
}

func program(folder, name string) bool {
	info, err := os.Stat(filepath.Join(folder, name))
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// script runs the server until its input ends, which it does when this process is gone, however it went. Nothing is written
// for a crash of the machine: the folder is gone with the server.
const script = `
"$0/initdb" -D "$1/data" -U postgres -A trust -E UTF8 --locale=C --no-sync --no-instructions >"$1/log" 2>&1 || exit 1
"$0/postgres" -D "$1/data" -k "$1" -c listen_addresses= -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
	-c max_connections=500 -c shared_buffers=64MB -c max_wal_size=4GB -c jit=off >>"$1/log" 2>&1 &
while read -r line; do :; done
kill -QUIT $!
wait $!
rm -rf "$1"
`

func start() (s *server, err error) {
	bin, err := find()
	if err != nil {
		return nil, err
	}
	s = new(server)
	if s.folder, err = os.MkdirTemp("", "postgres"); err != nil { // not t.TempDir: a socket's path must be short
		return nil, err
	}
	s.shell = exec.Command("/bin/sh", "-c", script, bin, s.folder)
	s.shell.Dir = "/"
	s.shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt from the terminal is for the tests
	if os.Getuid() == 0 {
		if s.shell.SysProcAttr.Credential, err = unprivileged(); err != nil {
			return nil, err
		}
		if err := os.Chown(s.folder, int(s.shell.SysProcAttr.Credential.Uid), int(s.shell.SysProcAttr.Credential.Gid)); err != nil {
			return nil, err
		}
	}
	if s.stdin, err = s.shell.StdinPipe(); err != nil {
		return nil, err
	}
	if err := s.shell.Start(); err != nil {
		return nil, err
	}
	if err := s.prepare(); err != nil {
		log, _ := os.ReadFile(filepath.Join(s.folder, "log"))
		s.stop()
		return nil, fmt.Errorf("%w\n%s", err, bytes.TrimSpace(log))
	}
	return s, nil
}

// unprivileged is a user that PostgreSQL runs as: it refuses root.
func unprivileged() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("it does not run as root, and there is neither a user postgres nor nobody")
}

// patience is how long the server may take to start on a machine that has much to do.
const patience = 2 * time.Minute

// prepare waits for the server and makes the database that others are copies of.
func (s *server) prepare() (err error) {
	if s.admin, err = sql.Open("pgx", s.address("postgres")); err != nil {
		return err
	}
	gone := make(chan error, 1)
	go func() { gone <- s.shell.Wait() }()
	late := time.After(patience)
	for s.admin.Ping() != nil {
		select {
		case err := <-gone:
			return fmt.Errorf("it ended: %w", err)
		case <-late:
			return errors.New("it does not answer")
		case <-time.After(50 * time.Millisecond):
		}
	}
	if _, err := s.admin.Exec(`CREATE DATABASE migrated TEMPLATE template0`); err != nil {
		return err
	}
	db, err := sqldb.Open(context.Background(), s.address("migrated"))
	if err != nil {
		return err
	}
	return db.Close()
}

func (s *server) address(name string) string {
	return (&url.URL{
		Scheme: "postgres", Path: "/" + name, RawQuery: url.Values{"host": {s.folder}, "user": {"postgres"}, "sslmode": {"disable"}}.Encode(),
	}).String()
}

// database makes a database and returns its address.
func (s *server) database(ctx context.Context, as string) (string, error) {
	name := fmt.Sprint("test", s.count.Add(1))
	for late := time.Now().Add(patience); ; {
		_, err := s.admin.ExecContext(ctx, `CREATE DATABASE `+name+` `+as)
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Code != inUse || time.Now().After(late) {
			return s.address(name), err
		}
	}
}

// inUse is PostgreSQL's word for a database whose last connection was closed, and has not ended: it waits for five seconds itself.
const inUse = "55006"

func (s *server) stop() {
	if s.admin != nil {
		_ = s.admin.Close()
	}
	_ = s.stdin.Close()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(s.folder); err != nil {
			return
		}
	}
}

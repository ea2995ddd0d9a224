package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb/sqldbtest"
	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// nodeVariable has this test binary be a node, with the settings that it holds, until it is killed.
const nodeVariable = "COMMONPLACE_TEST_NODE"

func serveNode(settings string) error {
	var c config.Config
	if err := json.Unmarshal([]byte(settings), &c); err != nil {
		return err
	}
	a, err := app.Open(context.Background(), c, app.Options{CheapPasswords: true, Background: true})
	if err != nil {
		return err
	}
	s, err := a.NewServer("test", nil)
	if err != nil {
		return err
	}
	l, err := blobtest.Listen(context.Background(), c.Listen)
	if err != nil {
		return err
	}
	return s.Serve(context.Background(), l)
}

// late bounds what must be true soon, on a machine that has much else to do.
const late = time.Minute

// threeNodes share a bucket and a database of PostgreSQL.
func threeNodes(t *testing.T) (w *apptest.World, nodes []*apptest.Server, settings config.Config) {
	t.Helper()
	w = apptest.New(t)
	database, bucket := sqldbtest.Postgres(t), "file://"+filepath.Join(t.TempDir(), "bucket")
	for i := range 3 {
		nodes = append(nodes, w.Server(t, fmt.Sprint("node", i), func(c *config.Config) {
			c.Database, c.Bucket, c.Identifier, c.BaseURL = database, bucket, "state.commonplace.example", "http://oer.test"
			settings = *c
		}))
	}
	return w, nodes, settings
}

func TestAWriteOnOneNodeIsReadOnAll(t *testing.T) {
	t.Parallel()
	_, nodes, _ := threeNodes(t)
	on := func(what string, f func(s *apptest.Server) bool) {
		t.Helper()
		for i, s := range nodes {
			require.Eventually(t, func() bool { return f(s) }, late, 10*time.Millisecond, "%s on node %d", what, i)
		}
	}
	nodes[0].ImportFrameworks(t)
	on("standards", func(s *apptest.Server) bool {
		return len(s.App.Standards().Frameworks()) == len(nodes[0].App.Standards().Frameworks())
	})
	var readers []*apptest.Visitor
	for _, s := range nodes {
		readers = append(readers, s.SignIn(t, "rosa", accounts.Author))
	}
	for i, at := range nodes {
		title := fmt.Sprintf("Halves of node %d", i)
		published := at.Publish(t, fmt.Sprintf("rosa/halves-%d", i), lesson(title, "Fold the paper twice."))
		require.Contains(t, search(t, at, `"`+title+`"`).titles(), title, "who publishes finds it at once")
		for _, rosa := range readers {
			has(t, read(rosa.Page(t, fmt.Sprintf("/search?q=%%22Halves+of+node+%d%%22", i))), title)
		}
		on("search", func(s *apptest.Server) bool { return search(t, s, `"`+title+`"`).Total == 1 })
		for _, s := range nodes {
			require.Contains(t, harvestable(t, s, "oai_dc"), published.Identifier, "it was acknowledged, so every node lists it")
			has(t, read(s.Page(t, fmt.Sprintf("/r/rosa/halves-%d", i))), title)
		}
	}
	nodes[1].Withdraw(t, "rosa/halves-0")
	on("a deletion", func(s *apptest.Server) bool { return search(t, s, `"Halves of node 0"`).Total == 0 })

	nodes[0].SignIn(t, "rosa", accounts.Author)
	_, err := nodes[2].App.Accounts.SignIn(t.Context(), "rosa", apptest.Password, "", "")
	require.NoError(t, err, "accounts are everywhere at once")
}

func TestANodeThatIsKilledLosesNothing(t *testing.T) {
	t.Parallel()
	_, nodes, settings := threeNodes(t)
	settings.Data, settings.Listen = filepath.Join(t.TempDir(), "killed"), blobtest.FreeAddress(t)
	token := nodes[0].Token(t, "rosa")
	text, err := json.Marshal(settings)
	require.NoError(t, err)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), nodeVariable+"="+string(text))
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	require.NoError(t, cmd.Start())
	gone := make(chan error, 1)
	go func() { gone <- cmd.Wait() }()
	t.Cleanup(func() { _ = cmd.Process.Kill() })

	acknowledged := 0
	send := func(n int) error {
		title := fmt.Sprintf("Lesson %d of the killed", n)
		body, err := json.Marshal(map[string]any{"owner": "rosa", "slug": fmt.Sprint("killed-", n), "files": map[string]string{"index.md": lessonText(title, "Fold it.")}})
		require.NoError(t, err)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+settings.Listen+"/api/v1/resources", strings.NewReader(string(body)))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusCreated {
			return fmt.Errorf("status %d", answer.StatusCode)
		}
		return nil
	}
	require.Eventually(t, func() bool { return send(0) == nil }, late, 50*time.Millisecond, "the fourth node answers: %s", &said)
	acknowledged++
	go func() {
		time.Sleep(200 * time.Millisecond) // in the middle of something
		_ = cmd.Process.Kill()
	}()
	for send(acknowledged) == nil {
		acknowledged++
	}
	<-gone
	for i, s := range nodes {
		for n := range acknowledged {
			title := fmt.Sprintf("Lesson %d of the killed", n)
			require.Eventually(t, func() bool { return search(t, s, `"`+title+`"`).Total == 1 }, late, 10*time.Millisecond, "%s on node %d", title, i)
		}
	}
	// And the others still write.
	nodes[1].Publish(t, "rosa/after", lesson("After the kill", "Fold it."))
	require.Eventually(t, func() bool { return search(t, nodes[2], `"After the kill"`).Total == 1 }, late, 10*time.Millisecond)
	t.Logf("%d lessons acknowledged before the kill", acknowledged)
}

func TestAHarvestThatTwoNodesStartRunsOnce(t *testing.T) {
	t.Parallel()
	w, nodes, _ := threeNodes(t)
	source := w.Server(t, "source", nil)
	for n := range 5 {
		source.Publish(t, fmt.Sprintf("rosa/lesson-%d", n), lesson(fmt.Sprintf("Lesson %d", n), "Fold it."))
	}
	_, err := nodes[0].App.Harvests.Register(t.Context(), "source", source.URL)
	require.NoError(t, err)
	type outcome struct {
		records int
		err     error
	}
	outcomes := make(chan outcome, len(nodes))
	begin := make(chan struct{})
	for _, s := range nodes {
		go func() {
			<-begin
			run, err := s.App.Harvests.Run(t.Context(), "source", false, nil)
			outcomes <- outcome{run.New, err}
		}()
	}
	close(begin)
	brought := 0
	for range nodes {
		o := <-outcomes
		if o.err != nil {
			require.ErrorIs(t, o.err, kind.ErrConflict, "the others are told that it is being done")
			continue
		}
		brought += o.records
	}
	assert.Equal(t, 5, brought, "each record came once")
	runs, err := nodes[1].App.Catalog.Runs(t.Context(), "source", 10)
	require.NoError(t, err)
	for _, r := range runs {
		assert.NotEqual(t, "interrupted", r.Error, "no run took the place of another")
	}
	for _, s := range nodes {
		require.Eventually(t, func() bool { return search(t, s, "source:source").Total == 5 }, late, 10*time.Millisecond)
	}
	if len(runs) == 0 {
		t.Fatal(errors.New("no run is known"))
	}
}

package catalog

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb/sqldbtest"
	"github.com/commonplace-oer/commonplace/internal/fetch"
)

// killable is how a copy of this test program learns that it is to harvest until it is killed: database and peer.
const killable = "COMMONPLACE_TEST_HARVEST"

// TestAHarvesterThatIsKilledLosesNothing kills a harvesting process, signal 9, wherever it may be, and starts another one.
// Set COMMONPLACE_KILLS to kill more often than 12 times.
func TestAHarvesterThatIsKilledLosesNothing(t *testing.T) {
	if job := os.Getenv(killable); job != "" {
		harvestUntilKilled(t, job)
		return
	}
	kills := 12
	if n, err := strconv.Atoi(os.Getenv("COMMONPLACE_KILLS")); err == nil {
		kills = n
	}
	const perPage = 5
	pages := 10 * kills
	p := &killingPeer{pages: pages, perPage: perPage, first: map[int]bool{}}
	server := httptest.NewServer(p)
	defer server.Close()
	database := sqldbtest.Address(t)
	db, err := sqldb.Open(t.Context(), database)
	require.NoError(t, err)
	c := New(db, time.Now)
	require.NoError(t, c.SavePeer(t.Context(), federation.Peer{Name: "state", URL: server.URL, Prefix: "oai_dc"}))
	require.NoError(t, db.Close())

	killed := 0
	for lives := 1; ; lives++ {
		require.Less(t, lives, 20*kills+20, "the harvest does not end")
		ctx, kill := context.WithCancel(t.Context())
		cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestAHarvesterThatIsKilledLosesNothing$")
		cmd.Env = append(os.Environ(), killable+"="+database+" "+server.URL)
		after := -1
		if killed < kills {
			after = rand.IntN(7)
		}
		p.begin(after, kill)
		out, err := cmd.CombinedOutput()
		kill()
		again, repeated := p.end()
		assert.LessOrEqual(t, repeated, 1, "pages fetched again after a kill: %v", again)
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) { // a last request of the life before kills before this one is born
			require.Contains(t, err.Error(), "killed", "%s", out)
		}
		killed++
	}
	db, err = sqldb.Open(t.Context(), database)
	require.NoError(t, err)
	defer db.Close()
	var live, changes, harvested int
	for query, n := range map[string]*int{
		`SELECT COUNT(*) FROM resources WHERE peer = 'state' AND deleted = 0`: &live, `SELECT COUNT(*) FROM changes`: &changes, `SELECT COUNT(*) FROM harvested`: &harvested,
	} {
		require.NoError(t, db.Read().QueryRowContext(t.Context(), query).Scan(n))
	}
	assert.Equal(t, pages*perPage, live, "nothing is lost")
	assert.Equal(t, pages*perPage, harvested)
	assert.Equal(t, pages*perPage, changes, "nothing came twice")
	t.Logf("%d kills, %d pages of %d records", killed, pages, perPage)
}

// harvestUntilKilled is the life of one harvester.
func harvestUntilKilled(t *testing.T, job string) {
	database, peer, _ := strings.Cut(job, " ")
	db, err := sqldb.Open(t.Context(), database)
	require.NoError(t, err)
	h := federation.NewHarvester(federation.HarvesterOptions{
		Inbox: New(db, time.Now), Client: fetch.New(fetch.Options{Allow: []string{strings.TrimPrefix(peer, "http://")}}),
	})
	_, err = h.Run(t.Context(), "state", federation.RunOptions{})
	require.NoError(t, err)
	require.NoError(t, db.Close())
}

// killingPeer is a provider that kills who harvests it.
type killingPeer struct {
	pages, perPage int

	mu    sync.Mutex
	first map[int]bool       // pages of earlier lives
	now   []int              // of this life
	after int                // pages until the kill; negative: none
	kill  context.CancelFunc // signal 9
}

func (p *killingPeer) begin(after int, kill context.CancelFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.after, p.kill, p.now = after, kill, nil
}

// end tells which pages of this life had been asked for in earlier ones.
func (p *killingPeer) end() (again []int, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, page := range p.now {
		// Once: what the life before asked for in its last moment may be read only now.
		if p.first[page] && !slices.Contains(again, page) {
			again = append(again, page)
		}
		if page == p.pages-1 {
			break // the list has ended; what comes now compares what is held with it
		}
	}
	for _, page := range p.now {
		p.first[page] = true
	}
	return again, len(again)
}

func (p *killingPeer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	args := r.URL.Query()
	const root = `<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-03-01T08:00:00Z</responseDate>`
	if args.Get("verb") == "Identify" {
		fmt.Fprint(w, root, `<Identify><deletedRecord>persistent</deletedRecord><granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify></OAI-PMH>`)
		return
	}
	page, _ := strconv.Atoi(args.Get("resumptionToken"))
	p.mu.Lock()
	p.now = append(p.now, page)
	if p.after == 0 {
		kill := p.kill
		// Before the answer, within it, or while it is mapped, stored and synced.
		time.AfterFunc(time.Duration(rand.IntN(8000))*time.Microsecond, kill)
	}
	p.after--
	p.mu.Unlock()
	fmt.Fprint(w, root, `<ListRecords>`)
	for i := page * p.perPage; i < (page+1)*p.perPage; i++ {
		fmt.Fprintf(w, `<record><header><identifier>oai:x.org:%d</identifier><datestamp>2026-01-01T00:00:00Z</datestamp></header><metadata><oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Lesson %d</dc:title></oai_dc:dc></metadata></record>`, i, i)
	}
	next := ""
	if page+1 < p.pages {
		next = strconv.Itoa(page + 1)
	}
	fmt.Fprintf(w, `<resumptionToken>%s</resumptionToken></ListRecords></OAI-PMH>`, next)
}

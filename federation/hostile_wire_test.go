package federation_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/fetch"
)

// list is an answer to ListRecords.
func list(declaration, inside string) string {
	return declaration + `<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-03-01T08:00:00Z</responseDate><request>x</request><ListRecords>` +
		inside + `</ListRecords></OAI-PMH>`
}

// utf16LE is a text in UTF-16 with its mark.
func utf16LE(s string) string {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return string(out)
}

func TestOddAnswersAreReadWhole(t *testing.T) {
	record := func(title string) string { return dc(5, "2026-01-01T00:00:00Z", title) }
	const declaration = `<?xml version="1.0" encoding="UTF-8"?>`
	for name, c := range map[string]struct{ body, want string }{
		"UTF-16":                        {utf16LE(list(`<?xml version="1.0" encoding="UTF-16"?>`, record("Größe"))), "Größe"},
		"UTF-8 declared as Latin-1":     {list(`<?xml version="1.0" encoding="ISO-8859-1"?>`, record("Gr\xf6\xdfe")), "Größe"},
		"Latin-1 declared as UTF-8":     {list(declaration, record("Gr\xf6\xdfe")), "Größe"},
		"a byte order mark":             {"\uFEFF" + list(declaration, record("Größe")), "Größe"},
		"no declaration":                {list("", record("Größe")), "Größe"},
		"blanks before the declaration": {"\n\n " + list(declaration, record("Größe")), "Größe"},
		"a style sheet and a comment":   {list(declaration+`<?xml-stylesheet href="x.xsl"?><!-- made by hand -->`, record("Größe")), "Größe"},
		"CDATA":                         {list(declaration, record("<![CDATA[R & D <b>]]>")), "R & D <b>"},
		"two abouts": {list(declaration, strings.Replace(record("Two"), "</metadata>",
			`</metadata><about><a xmlns="urn:a"/></about><about><b xmlns="urn:b"/></about>`, 1)), "Two"},
		"elements that the protocol does not have":  {list(declaration, "<extra/>"+strings.Replace(record("Extra"), "<metadata>", "<foo><bar/></foo><metadata>", 1)), "Extra"},
		"a namespace of the protocol that is wrong": {strings.ReplaceAll(list(declaration, record("Wrong")), "http://www.openarchives.org/OAI/2.0/\"", "https://openarchives.org/OAI/2.0\""), "Wrong"},
		"a prefix for the protocol": {`<o:OAI-PMH xmlns:o="http://www.openarchives.org/OAI/2.0/"><o:responseDate>2026-03-01T08:00:00Z</o:responseDate><o:ListRecords><o:record><o:header><o:identifier>oai:h.org:5</o:identifier><o:datestamp>2026-01-01</o:datestamp></o:header><o:metadata><oai_dc:dc ` +
			declarations + `><dc:title>Prefixed</dc:title></oai_dc:dc></o:metadata></o:record></o:ListRecords></o:OAI-PMH>`, "Prefixed"},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := scripted(t, nil)
			w.serve = func(rw http.ResponseWriter, _ *http.Request, n int) bool {
				if n == 0 {
					return false
				}
				rw.Header().Set("Content-Type", "application/xml") // as edu-sharing says it
				fmt.Fprint(rw, c.body)
				return true
			}
			run := w.complete(t, false)
			assert.Equal(t, federation.Tally{New: 1}, run.Tally)
			r, ok := w.inbox.Record("state", "oai:h.org:5")
			require.True(t, ok)
			assert.Equal(t, c.want, r.Metadata.Title)
			if name == "two abouts" {
				assert.Len(t, r.About, 2)
			}
		})
	}
}

// What is hostile ends in an error or, where one record alone is bad, in quarantine; soon, and in little memory.
func TestHostileAnswersCostLittle(t *testing.T) {
	bomb := func(unit string, size int) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = io.WriteString(z, `<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><record><metadata><a>`)
		block := []byte(strings.Repeat(unit, 1<<20/len(unit)))
		for range size {
			_, _ = z.Write(block)
		}
		_ = z.Close()
		return b.Bytes()
	}
	blanks, tags := bomb(" ", 256), bomb("<b></b>", 64)
	zipped := func(w http.ResponseWriter, b []byte) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(b)
	}
	endless := func(w http.ResponseWriter, start, unit string) {
		fmt.Fprint(w, start)
		block := strings.Repeat(unit, 64<<10/len(unit)+1)
		for range 2000 {
			if _, err := io.WriteString(w, block); err != nil {
				return
			}
		}
	}
	const root = `<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>`
	var lots strings.Builder
	lots.WriteString(`<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa">`)
	for i := range 20 {
		fmt.Fprintf(&lots, `<!ENTITY a%d "%s">`, i, strings.Repeat("&a;", 10))
	}
	lots.WriteString("]>")
	for name, c := range map[string]struct {
		serve func(http.ResponseWriter)
		want  string // in the error; empty: complete
	}{
		"a gzip bomb of blanks":    {func(w http.ResponseWriter) { zipped(w, blanks) }, "larger than is accepted"},
		"a gzip bomb of elements":  {func(w http.ResponseWriter) { zipped(w, tags) }, "larger than is accepted"},
		"an endless answer":        {func(w http.ResponseWriter) { endless(w, root+"<record><metadata><a>", "x") }, "larger than is accepted"},
		"endless nesting":          {func(w http.ResponseWriter) { endless(w, root, "<a>") }, "inside one another"},
		"an endless attribute":     {func(w http.ResponseWriter) { endless(w, root+`<record a="`, "x") }, ""},
		"endless attributes":       {func(w http.ResponseWriter) { endless(w, root+`<record `, ` a="b"`) }, ""},
		"an endless comment":       {func(w http.ResponseWriter) { endless(w, root+`<!--`, "x") }, ""},
		"an endless name":          {func(w http.ResponseWriter) { endless(w, root+`<`, "x") }, ""},
		"an endless token":         {func(w http.ResponseWriter) { endless(w, root+`<resumptionToken>`, "x") }, ""},
		"an endless document type": {func(w http.ResponseWriter) { endless(w, `<!DOCTYPE a [`, `<!ENTITY a "b">`) }, ""},
		"an entity bomb":           {func(w http.ResponseWriter) { fmt.Fprint(w, list(lots.String(), dc(1, "2026-01-01", "&a19;"))) }, "?"},
		"external entities": {func(w http.ResponseWriter) {
			fmt.Fprint(w, list(`<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>`, dc(1, "2026-01-01", "&x;")))
		}, "?"},
		"gzip that is none":    {func(w http.ResponseWriter) { zipped(w, []byte(list("", some(0, 3)))) }, "gzip: invalid header"},
		"gzip that breaks off": {func(w http.ResponseWriter) { zipped(w, tags[:len(tags)/2]) }, ""},
		"deflate that nobody asked for": {func(w http.ResponseWriter) {
			w.Header().Set("Content-Encoding", "deflate")
			z := zlib.NewWriter(w)
			_, _ = io.WriteString(z, list("", some(0, 3)))
			_ = z.Close()
		}, "not OAI-PMH"},
		"endless headers": {func(w http.ResponseWriter) {
			for i := range 4000 {
				w.Header().Set(fmt.Sprint("X-", i), strings.Repeat("x", 1000))
			}
		}, "exceeded"},
		"a redirect to itself": {func(w http.ResponseWriter) {
			w.Header().Set("Location", "?again")
			w.WriteHeader(http.StatusFound)
		}, "redirects"},
		"a redirect to nowhere": {func(w http.ResponseWriter) { w.WriteHeader(http.StatusFound) }, "302"},
		"a document type":       {func(w http.ResponseWriter) { fmt.Fprint(w, list("<!DOCTYPE OAI-PMH>", some(10, 3))) }, "not OAI-PMH"},
		"an encoding that nobody knows": {func(w http.ResponseWriter) {
			fmt.Fprint(w, list(`<?xml version="1.0" encoding="x-klingon"?>`, some(10, 3)))
		}, "x-klingon is not understood"},
		"no content": {func(w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) }, "204"},
		"a part of it": {func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusPartialContent)
			fmt.Fprint(w, list("", some(0, 3)))
		}, "206"},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := scripted(t, threePages())
			w.serve = func(rw http.ResponseWriter, r *http.Request, n int) bool {
				if n >= 2 || r.URL.RawQuery == "again" {
					c.serve(rw)
				}
				return n >= 2 || r.URL.RawQuery == "again"
			}
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			run, err := w.harvest(t, false)
			runtime.ReadMemStats(&after)
			if c.want == "?" { // readable, but nothing of the entity may come out
				for id, h := range w.inbox.Held("state") {
					assert.NotContains(t, h.Title, "root:", id)
					assert.Less(t, len(h.Title), 1000, id)
				}
				return
			}
			require.Error(t, err)
			assert.ErrorContains(t, err, c.want)
			assert.False(t, run.Complete)
			assert.Equal(t, 10, w.held(), "what came before is kept")
			assert.Less(t, int64(after.HeapSys)-int64(before.HeapSys), int64(64<<20), "memory that was needed")
		})
	}
}

// raw answers a connection by hand.
func raw(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = conn.Read(make([]byte, 4096))
				answer(conn)
			}()
		}
	}()
	return l.Addr().String()
}

func TestPeersThatAreSlowOnPurposeAreLeft(t *testing.T) {
	drip := func(start, unit string) func(net.Conn) {
		return func(c net.Conn) {
			_, err := io.WriteString(c, start)
			for err == nil {
				time.Sleep(2 * time.Millisecond)
				_, err = io.WriteString(c, unit)
			}
		}
	}
	const ok = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n"
	for name, c := range map[string]struct {
		answer func(net.Conn)
		want   string
	}{
		"nothing":            {func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }, "given up"},
		"headers by drops":   {drip("HTTP/1.1 200 OK\r\n", "X: y\r\n"), "given up"},
		"a stall":            {func(c net.Conn) { fmt.Fprint(c, ok, "<OAI-PMH>"); _, _ = io.Copy(io.Discard, c) }, "stopped coming"},
		"a body by drops":    {drip(ok+"<OAI-PMH>", " "), "given up"},
		"no HTTP":            {func(c net.Conn) { fmt.Fprint(c, "SSH-2.0-OpenSSH_9.2\r\n") }, "malformed HTTP"},
		"a length that lies": {func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n<OAI-PMH>") }, "given up"},
		"chunks that lie": {func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n<OAI-PMH>")
		}, "given up"},
	} {
		t.Run(name, func(t *testing.T) {
			at := raw(t, c.answer)
			w, _ := scripted(t, nil)
			require.NoError(t, w.inbox.SavePeer(t.Context(), federation.Peer{Name: "state", URL: "http://" + at + "/oai"}))
			patience := fetch.Options{Allow: []string{at}, Header: 50 * time.Millisecond, Idle: 50 * time.Millisecond, Timeout: 300 * time.Millisecond}
			if c.want != "given up" { // it must have begun, on a machine that has much else to do
				patience.Header, patience.Timeout = time.Minute, time.Minute
			}
			h := federation.NewHarvester(federation.HarvesterOptions{
				Inbox: w.inbox, Now: w.clock.Now, Sleep: w.clock.Sleep, Attempts: 2, Client: fetch.New(patience),
			})
			run, err := h.Run(t.Context(), "state", federation.RunOptions{})
			require.ErrorContains(t, err, c.want)
			assert.False(t, run.Complete)
			assert.NotEmpty(t, run.Error)
		})
	}
}

func TestARedirectToAnotherAllowedHostIsFollowed(t *testing.T) {
	w, s := scripted(t, threePages())
	mirror := httptest.NewServer(s)
	defer mirror.Close()
	w.serve = func(rw http.ResponseWriter, r *http.Request, n int) bool {
		if n == 2 {
			http.Redirect(rw, r, mirror.URL+"/oai?"+r.URL.RawQuery, http.StatusFound)
		}
		return n == 2
	}
	h := federation.NewHarvester(federation.HarvesterOptions{
		Inbox: w.inbox, Now: w.clock.Now, Sleep: w.clock.Sleep, Client: fetch.New(fetch.Options{Allow: []string{"127.0.0.1"}}),
	})
	run, err := h.Run(t.Context(), "state", federation.RunOptions{})
	require.NoError(t, err)
	assert.Equal(t, 30, run.New)
}

func TestAPeersClockThatIsWrongLosesNothing(t *testing.T) {
	for _, skew := range []time.Duration{-72 * time.Hour, -time.Hour, time.Hour, 72 * time.Hour} {
		t.Run(skew.String(), func(t *testing.T) {
			w, s := ours(t, 25)
			s.clock.Add(skew) // the provider's clock and, here, the harvester's: set the harvester's back
			h := federation.NewHarvester(federation.HarvesterOptions{
				Inbox: w.inbox, Client: w.server.Client(), Sleep: w.clock.Sleep, Now: func() time.Time { return s.clock.Now().Add(-skew) },
			})
			for round := range 3 {
				s.put(round, "grade:9")
				s.clock.Add(time.Minute)
				_, err := h.Run(t.Context(), "state", federation.RunOptions{})
				require.NoError(t, err)
				r, _ := w.inbox.Record("state", identifier(round))
				assert.Equal(t, []string{"grade:9"}, r.Sets, "round %d", round)
			}
		})
	}
}

func TestEduSharingIsUnderstood(t *testing.T) {
	w, _ := scripted(t, map[string]string{"": some(0, 3)})
	w.serve = func(rw http.ResponseWriter, r *http.Request, _ int) bool {
		rw.Header().Set("Content-Type", "application/xml")
		if r.URL.Query().Get("verb") != "Identify" {
			return false
		}
		// By its source at e4f6d4d: the description has no namespace of its own, deletions are not told, days only.
		fmt.Fprint(rw, `<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-03-01T08:00:00Z</responseDate><request verb="Identify">x</request><Identify>`+
			`<repositoryName>edu-sharing</repositoryName><baseURL>x</baseURL><protocolVersion>2.0</protocolVersion><adminEmail>a@b.org</adminEmail>`+
			`<earliestDatestamp>1970-01-01</earliestDatestamp><deletedRecord>no</deletedRecord><granularity>YYYY-MM-DD</granularity><description><oai-identifier>`+
			`<scheme>oai</scheme><repositoryIdentifier>edu.example.org</repositoryIdentifier><delimiter>:</delimiter><sampleIdentifier>oai:edu.example.org:1</sampleIdentifier>`+
			`</oai-identifier></description></Identify></OAI-PMH>`)
		return true
	}
	d, err := w.Detect(t.Context(), w.server.URL+"/oai")
	require.NoError(t, err)
	assert.Equal(t, "edu.example.org", d.Namespace)
	assert.Equal(t, 3, w.complete(t, false).New)
	assert.Equal(t, "no", w.state(t).Deletions)
}

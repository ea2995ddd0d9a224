package federation_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/federation/federationtest"
)

func TestNamespaceOfAnIdentifier(t *testing.T) {
	for identifier, want := range map[string]string{
		"oai:state.example.org:7":            "state.example.org",
		"OAI:State.Example.org:a:b":          "state.example.org",
		"https://State.example.org:8080/7":   "state.example.org:8080",
		"https://u@state.example.org/7":      "state.example.org",
		"oai:state.example.org":              "",
		"oai::7":                             "",
		"urn:uuid:1":                         "",
		"http://%zz/":                        "",
		"":                                   "",
		" oai:state.example.org:7":           "",
		"hdl:oai:state.example.org:7":        "",
		"oai:fake.example.org:oai:state.x:7": "fake.example.org",
	} {
		assert.Equal(t, want, federation.NamespaceOf(identifier), identifier)
	}
}

// describedAs is a peer whose Identify says this of its identifiers.
func describedAs(t *testing.T, description *string) *world {
	t.Helper()
	w, s := ours(t, 3)
	w.serve = func(rw http.ResponseWriter, r *http.Request, _ int) bool {
		a, err := s.AnswerQuery(r.Context(), r.URL.RawQuery)
		if r.URL.Query().Get("verb") != "Identify" || !assert.NoError(t, err) {
			return false
		}
		before, after, _ := strings.Cut(string(a.Body), "<description><oai-identifier")
		_, after, _ = strings.Cut(after, "</description>")
		fmt.Fprint(rw, before+*description+after)
		return true
	}
	return w
}

func repositoryIdentifier(namespace string) string {
	return `<description><oai-identifier xmlns="http://www.openarchives.org/OAI/2.0/oai-identifier"><scheme>oai</scheme><repositoryIdentifier>` +
		namespace + `</repositoryIdentifier></oai-identifier></description>`
}

func TestNamespaceOfAPeerIsWhatItDescribesElseItsHost(t *testing.T) {
	const friend = `<description><friends xmlns="http://www.openarchives.org/OAI/2.0/friends/"><repositoryIdentifier>x.org</repositoryIdentifier></friends></description>`
	for description, want := range map[string]string{
		repositoryIdentifier(" State.Example.org "):                                       "state.example.org",
		strings.Replace(repositoryIdentifier("old.example.org"), "OAI/2.0", "OAI/1.1", 1): "old.example.org",
		friend + repositoryIdentifier("state.example.org"):                                "state.example.org",
		"":                          "",
		friend:                      "",
		repositoryIdentifier(""):    "",
		repositoryIdentifier("a:b"): "",
		repositoryIdentifier("a b"): "",
		strings.Replace(repositoryIdentifier("state.example.org"), "www.openarchives.org/OAI", "fake.example.org", 1): "",
	} {
		w := describedAs(t, &description)
		claimed := want != ""
		if !claimed {
			want = strings.TrimPrefix(w.server.URL, "http://")
		}
		d, err := w.Detect(t.Context(), w.server.URL+"/oai")
		require.NoError(t, err)
		assert.Equal(t, want, d.Namespace, description)
		assert.Equal(t, claimed, d.Claimed, description)
		assert.Equal(t, want, d.Peer().Namespace)
		w.complete(t, false)
		p, err := w.inbox.Peer(t.Context(), "state")
		require.NoError(t, err)
		assert.Equal(t, want, p.Namespace, "learned by the first harvest")
	}
}

func TestAPeerKeepsTheNamespaceThatItHadFirst(t *testing.T) {
	description := repositoryIdentifier("fake.example.org")
	w := describedAs(t, &description)
	assert.Empty(t, w.complete(t, false).Warnings)
	description = repositoryIdentifier("state.example.org")
	run := w.complete(t, false)
	require.Len(t, run.Warnings, 1)
	assert.Contains(t, run.Warnings[0], "stays fake.example.org")
	p, err := w.inbox.Peer(t.Context(), "state")
	require.NoError(t, err)
	assert.Equal(t, "fake.example.org", p.Namespace)
}

func TestNobodyHarvestsTheNamespaceOfAnother(t *testing.T) {
	for taken, says := range map[string]string{"taken.example.org": "another peer's", "District.example.org": "this server's own"} {
		description := repositoryIdentifier(taken)
		w := describedAs(t, &description)
		require.NoError(t, w.inbox.SavePeer(t.Context(), federation.Peer{Name: "first", Namespace: "taken.example.org"}))
		run := w.complete(t, false)
		assert.Equal(t, federation.Tally{New: 3}, run.Tally, "its records are held")
		require.Len(t, run.Warnings, 1)
		assert.Contains(t, run.Warnings[0], says)
		p, err := w.inbox.Peer(t.Context(), "state")
		require.NoError(t, err)
		assert.Empty(t, p.Namespace)
	}
}

func TestOurOwnRecordsDoNotComeBackInAnotherCase(t *testing.T) {
	w, s := ours(t, 3)
	s.records.Put(federationtest.Put{Identifier: "oai:District.EXAMPLE.org:" + uuid(9), Metadata: metadataOf(9, "Ours")})
	assert.Equal(t, federation.Tally{New: 3}, w.complete(t, false).Tally)
}

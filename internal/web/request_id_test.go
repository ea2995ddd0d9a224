package web

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRequestsHaveAnId(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		sent string
		kept bool
	}{{"abc-1.2_3", true}, {"", false}, {"two words", false}, {strings.Repeat("a", 65), false}, {"<script>", false}, {"a\tb", false}} {
		r := httptest.NewRequest("GET", "/api/v1/resources/none", nil)
		if c.sent != "" {
			r.Header.Set("X-Request-Id", c.sent)
		}
		answer := w.do(r)
		id := answer.header.Get("X-Request-Id")
		assert.Regexp(t, `^[0-9A-Za-z._-]{1,64}$`, id)
		assert.Equal(t, c.kept, id == c.sent, "%q", c.sent)
		var problem struct{ Request string }
		require.NoError(t, json.Unmarshal([]byte(answer.body), &problem))
		assert.Equal(t, id, problem.Request)
	}
}

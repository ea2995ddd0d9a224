package app_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/config"
)

func TestANodeForSearchAnswersNothingElse(t *testing.T) {
	t.Parallel()
	s := apptest.New(t).Server(t, "server", func(c *config.Config) { c.Role = config.SearchRole })
	s.Publish(t, "rosa/halves", lesson("Halves", "Fold it."))
	assert.Equal(t, []string{"Halves"}, search(t, s, "halves").titles())
	for path, status := range map[string]int{
		"/api/v1/suggest?q=hal": http.StatusOK, "/readyz": http.StatusOK, "/": http.StatusNotFound, "/r/rosa/halves": http.StatusNotFound,
		"/oai?verb=Identify": http.StatusNotFound, "/sign-in": http.StatusNotFound, "/API/v1/resources": http.StatusNotFound,
	} {
		assert.Equal(t, status, s.Get(t, path).Status, path)
	}
}

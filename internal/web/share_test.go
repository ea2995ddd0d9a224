package web

import (
	"html"
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLessonIsSharedByMessage(t *testing.T) {
	t.Parallel()
	const title = `A & B + "¿qué?" 100%`
	sms, mail := shareLinks(title, "http://oer.test/r/rosa/a")
	u, err := url.Parse(string(mail))
	require.NoError(t, err)
	assert.Equal(t, title, u.Query().Get("subject"))
	assert.Equal(t, title+"\r\nhttp://oer.test/r/rosa/a", u.Query().Get("body"))
	assert.NotContains(t, string(sms), "+", "phones show it as it is")

	w := newWorld(t)
	w.publish("rosa/shares", unitFiles("Fold."))
	m := regexp.MustCompile(`href="(sms:[^"]*)"`).FindStringSubmatch(w.get("/r/rosa/shares").body)
	require.NotNil(t, m)
	u, err = url.Parse(html.UnescapeString(m[1]))
	require.NoError(t, err)
	assert.Equal(t, "Shares\nhttp://oer.test/r/rosa/shares", u.Query().Get("body"))
}

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// chaosClient has a connection for each request, for one that the server has closed would have it try again by itself.
var chaosClient = &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}

// lessonOf is a resource with a word that nothing else has.
func lessonOf(title string, n int) string {
	return fmt.Sprintf("---\ntitle: Lesson %s\ntype: lesson\nlanguage: en\nlicense: CC0\ncreators: [{name: Rosa}]\n---\nRevision %d has the word mark%dx%x.\n",
		title, n, n, rand.Uint64())
}

// stopped tells whether a client shall end.
func (c *chaos) stopped() bool {
	select {
	case <-c.stop:
		return true
	default:
		return false
	}
}

// pusher commits and pushes with git, again and again, and begins anew from what the server has when it is refused or gets
// no answer.
func (c *chaos) pusher(t *testing.T, root string, number int, slugOf func(n int) string) {
	slug, dir, behind := "", "", false
	for n := 0; !c.stopped() && !t.Failed(); n++ {
		if now := slugOf(n); now != slug {
			slug, dir, behind = now, filepath.Join(root, now), true
			if _, err := c.git(root, "init", "-q", "-b", "main", dir); !assert.NoError(t, err) {
				return
			}
		}
		c.gate.RLock()
		behind = c.push(t, dir, slug, number, n, behind)
		c.gate.RUnlock()
	}
}

// push tries once, and tells whether the server may have something else than the client now.
func (c *chaos) push(t *testing.T, dir, slug string, number, n int, behind bool) bool {
	if behind {
		out, err := c.git(dir, "fetch", "-q", c.repository(slug), "main")
		switch {
		case err != nil && !strings.Contains(out, "not found"):
			time.Sleep(10 * time.Millisecond)
			return true
		case err == nil:
			out, err = c.git(dir, "reset", "-q", "--hard", "FETCH_HEAD")
			assert.NoError(t, err, out)
		}
	}
	for name, text := range map[string]string{"index.md": lessonOf(slug, n), fmt.Sprintf("notes-%d.txt", number): strings.Repeat(fmt.Sprintln(n), 50)} {
		assert.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	out, err := c.git(dir, "add", "-A")
	assert.NoError(t, err, out)
	out, err = c.git(dir, "commit", "-q", "-m", fmt.Sprintf("Push %d of %d", n, number))
	assert.NoError(t, err, out)
	revision, err := c.git(dir, "rev-parse", "HEAD")
	assert.NoError(t, err)
	out, err = c.git(dir, "push", "-q", c.repository(slug), "HEAD:main")
	switch {
	case err == nil:
		c.promise(slug, revision)
		c.count("push acknowledged")
	case strings.Contains(out, "rejected]") && !strings.Contains(out, "the server failed"):
		assert.Regexp(t, `fetch first|non-fast-forward|taken a moment ago|other writers`, out)
		c.count("push refused")
	default:
		c.mu.Lock()
		c.open[revision] = slug
		c.mu.Unlock()
		c.count("push unknown")
	}
	return err != nil
}

// saver saves through the API what is not as it was before, and now and then makes a remix.
func (c *chaos) saver(t *testing.T, slug, id string, remixes bool) {
	for n := 1; !c.stopped() && !t.Failed(); n++ {
		c.gate.RLock()
		if remixes && n%10 == 0 {
			c.remix(t, id, fmt.Sprintf("remix-%d", n))
		} else {
			c.save(t, slug, id, n)
		}
		c.gate.RUnlock()
		time.Sleep(5 * time.Millisecond)
	}
}

func (c *chaos) save(t *testing.T, slug, id string, n int) {
	now := c.send(t, http.MethodGet, "/api/v1/resources/"+id, "", nil)
	if now.status != http.StatusOK {
		c.count("save not begun")
		time.Sleep(10 * time.Millisecond)
		return
	}
	o := c.send(t, http.MethodPut, "/api/v1/resources/"+id, now.Revision, map[string]any{"files": map[string]string{"index.md": lessonOf(slug, n)}})
	switch o.status {
	case http.StatusOK, http.StatusCreated:
		c.promise(slug, o.Revision)
		c.count("save acknowledged")
	case http.StatusConflict, http.StatusPreconditionFailed:
		c.count("save refused")
	default:
		c.count("save unknown")
		assert.True(t, o.status == 0 || o.status >= 500, "%d %s", o.status, o.body)
	}
}

func (c *chaos) remix(t *testing.T, id, slug string) {
	o := c.send(t, http.MethodPost, "/api/v1/resources/"+id+"/remix", "", map[string]any{"slug": slug, "changes": "Shorter.", "title": "Remix " + slug})
	switch o.status {
	case http.StatusCreated:
		c.promise(slug, o.Revision)
		c.count("remix acknowledged")
	default:
		c.count("remix unknown")
		assert.True(t, o.status == 0 || o.status >= 500, "%d %s", o.status, o.body)
	}
}

// sent is what the API answered; the status is 0 where it did not, or not to the end.
type sent struct {
	ID, Revision string
	status       int
	body         string
}

func (c *chaos) send(t *testing.T, method, path, match string, in any) (o sent) {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		assert.NoError(t, err)
		body = bytes.NewReader(raw)
	}
	r, err := http.NewRequest(method, "http://"+c.address+path, body)
	if !assert.NoError(t, err) {
		return o
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Content-Type", "application/json")
	if match != "" {
		r.Header.Set("If-Match", `"`+match+`"`)
	}
	answer, err := chaosClient.Do(r)
	if err != nil {
		return o
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode < 300 && json.Unmarshal(raw, &o) != nil {
		return o
	}
	o.status, o.body = answer.StatusCode, string(raw)
	return o
}

package web

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"regexp"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/themes"
)

//go:embed offline.js
var offlineSource []byte

//go:embed worker.js
var workerSource []byte

// offlineJS and workerJS are the scripts as they are sent: without their comments and the spaces that lines begin with.
var (
	offlineJS   = withoutComments(offlineSource)
	workerJS    = withoutComments(workerSource)
	offlinePath = versioned("/offline.js", offlineJS)
)

var commentLines = regexp.MustCompile(`(?m)^\s*(?://.*\n)?[ \t]*`)

func withoutComments(src []byte) []byte { return bytes.TrimSpace(commentLines.ReplaceAll(src, nil)) }

// versioned is the address of a file that changes when its bytes do, so that it can be kept for ever.
func versioned(path string, b []byte) string {
	sum := sha256.Sum256(b)
	return path + "?v=" + hex.EncodeToString(sum[:6])
}

// offline is what somebody sees who has no line and asks for a page that was not kept: what was.
func (s *Server) offline(c *fiber.Ctx) error {
	return s.page(c, "offline", themes.Frame{Offline: true}, struct{}{})
}

func (s *Server) offlineScript(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, "text/javascript; charset=utf-8")
	if c.Query("v") != "" {
		c.Set(fiber.HeaderCacheControl, immutable)
	}
	return s.send(c, offlineJS)
}

// offlineWorker is the service worker. It stands at the root, because it answers for all addresses below its own. It is
// fetched only when somebody keeps something.
func (s *Server) offlineWorker(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, "text/javascript; charset=utf-8")
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; connect-src 'self'")
	return s.send(c, workerJS)
}

// manifest lets readers put the site on their home screen (W3C Web Application Manifest).
func (s *Server) manifest(c *fiber.Ctx) error {
	site := s.theme(c).Site()
	if site == "" {
		site = s.o.SiteName
	}
	b, err := json.Marshal(map[string]any{
		"name": site, "short_name": site, "lang": language(c), "start_url": "/", "scope": "/", "display": "minimal-ui",
		"icons": []map[string]string{{"src": "/logo.svg", "sizes": "any", "type": "image/svg+xml"}},
	})
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/manifest+json")
	c.Vary(fiber.HeaderAcceptLanguage, fiber.HeaderCookie)
	return s.send(c, b)
}

package web

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"

	"github.com/gofiber/fiber/v2"
)

//go:embed editor.js
var editorScript []byte

// editorPath is the address of the script that helps who writes. It changes with the script.
var editorPath = func() string {
	sum := sha256.Sum256(editorScript)
	return "/editor.js?v=" + hex.EncodeToString(sum[:6])
}()

// editing are the pages that have it. They work without it.
var editing = map[string]bool{"edit": true, "translate": true, "unit": true}

// editorFile serves it.
func (s *Server) editorFile(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, "text/javascript; charset=utf-8")
	c.Set(fiber.HeaderCacheControl, "public, no-cache")
	if c.OriginalURL() == editorPath {
		c.Set(fiber.HeaderCacheControl, immutable)
	}
	return s.send(c, editorScript)
}

package browser_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/commonplace-oer/commonplace/internal/browser"
)

// TestScreenshots takes pictures of the addresses in SCREENSHOTS, each in two looks and three widths, into the folder in
// SCREENSHOTS_DIR, and tells what axe and the console say of them:
//
//	SCREENSHOTS='http://127.0.0.1:8080/ http://127.0.0.1:8080/search?q=x' SCREENSHOTS_DIR=/tmp/shots go test ./internal/browser -run TestScreenshots -v
func TestScreenshots(t *testing.T) {
	urls := strings.Fields(os.Getenv("SCREENSHOTS"))
	if len(urls) == 0 {
		return
	}
	dir := os.Getenv("SCREENSHOTS_DIR")
	if dir == "" {
		t.Fatal("SCREENSHOTS_DIR says no folder")
	}
	scheme, unsafe := regexp.MustCompile(`^https?://[^/]*/?`), regexp.MustCompile(`[^A-Za-z0-9._-]+`)
	p := browser.New(t).Page(t)
	for _, url := range urls {
		name := strings.Trim(unsafe.ReplaceAllString(scheme.ReplaceAllString(url, ""), "-"), "-")
		if name == "" {
			name = "home"
		}
		for _, width := range []int{320, 768, 1280} {
			for _, look := range []string{"light", "dark"} {
				p.SetViewport(width, 800, look == "dark")
				p.Open(url)
				file := filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", name, width, look))
				p.Screenshot(file)
				t.Log(file)
				for _, v := range p.Axe() {
					t.Log(v)
				}
				for _, line := range p.Console() {
					t.Log(line)
				}
			}
		}
	}
}

package federation

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"golang.org/x/net/html"

	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// jsonLD is the prefix under which JSON-LD from web pages is kept, which has none in OAI-PMH.
const jsonLD = "jsonld"

// Bounds of web pages.
const (
	maxWebPage = 8 << 20
	maxScript  = 2 << 20
	maxScripts = 20
)

// scripts returns the JSON-LD of a web page, as far as it speaks of learning resources, in the order of the page.
func scripts(r io.Reader) ([][]byte, error) {
	z := html.NewTokenizer(io.LimitReader(r, maxWebPage))
	z.SetMaxBuf(maxScript)
	var all [][]byte
	for inside := false; ; {
		switch z.Next() {
		case html.ErrorToken:
			if err := z.Err(); !errors.Is(err, io.EOF) && !errors.Is(err, html.ErrBufferExceeded) {
				return nil, err
			}
			return all, nil
		case html.StartTagToken:
			inside = false
			name, more := z.TagName()
			for script := string(name) == "script"; script && more; {
				var key, value []byte
				key, value, more = z.TagAttr()
				if string(key) == "type" {
					kind, _, _ := strings.Cut(string(value), ";")
					inside = strings.EqualFold(strings.TrimSpace(kind), "application/ld+json")
				}
			}
		case html.TextToken:
			if inside && len(all) < maxScripts {
				if text := bytes.TrimSpace(z.Text()); speaksOfLearning(text) {
					all = append(all, bytes.Clone(text))
				}
			}
		case html.EndTagToken:
			inside = false
		}
	}
}

// speaksOfLearning tells the descriptions of lessons from those of organizations, breadcrumbs and search boxes.
func speaksOfLearning(text []byte) bool {
	for _, sign := range []string{"LearningResource", "learningResourceType", "educationalAlignment", "w3id.org/kim/amb"} {
		if bytes.Contains(text, []byte(sign)) {
			return true
		}
	}
	return false
}

// describing picks the script that can be read as a learning resource; the first one if none can, nil if there is none.
func describing(all [][]byte) []byte {
	for _, s := range all {
		if _, problems := metadata.ReadLRMI(s); !problems.Refuse() {
			return s
		}
	}
	if len(all) > 0 {
		return all[0]
	}
	return nil
}

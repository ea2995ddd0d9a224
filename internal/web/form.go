package web

import (
	"net/url"
	"strings"
	"unicode"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
)

// form reads the fields of a URL-encoded form.
func form(c *fiber.Ctx) (url.Values, error) {
	b, err := body(c, formLimit)
	if err != nil {
		return nil, err
	}
	values, err := url.ParseQuery(string(b))
	if err != nil {
		return nil, fiber.NewError(fiber.StatusBadRequest, "the form cannot be read")
	}
	for name, vs := range values {
		for i, v := range vs {
			if name != "password" {
				vs[i] = typed(v)
			}
		}
	}
	return values, nil
}

// typed is a field of a form as somebody wanted it: with plain line ends, which browsers send as two characters, and a blank for
// each character that cannot be seen, such as a line break within a title that was pasted from slides. No front matter holds those.
func typed(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case unicode.IsControl(r), r == '\ufffe', r == '\uffff':
			return ' '
		}
		return r
	}, text)
}

// formBy is who sends a form, and its fields. Of somebody whom who refuses nothing is read.
func formBy(c *fiber.Ctx, who func(*fiber.Ctx) (accounts.Account, error)) (accounts.Account, url.Values, error) {
	a, err := who(c)
	if err != nil {
		return a, nil, err
	}
	values, err := form(c)
	return a, values, err
}

// maxLine bounds a line that somebody types into a form, in bytes.
const maxLine = 300

// line is a field of a form on one line.
func line(text string) string { return clip(strings.Join(strings.Fields(text), " "), maxLine) }

// maxWords bounds what somebody writes in a notice, an appeal or a report, in characters.
const maxWords = 1000

// words are a field of a form on several lines.
func words(text string) string {
	r := []rune(strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")))
	return string(r[:min(len(r), maxWords)])
}

// commas splits a list as people type it.
func commas(s string) []string {
	var list []string
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/themes"
)

// standings are the filters of a list, in their order.
var standings = []approval.Standing{approval.Stands, approval.Conditional, approval.Expired, approval.Ended}

// filtered are the entries that have a text in their title, subjects or identifier, and a standing; and how many have which.
func (s *Server) filtered(c *fiber.Ctx, items []approval.FileItem, query, state string) ([]approval.FileItem, []themes.Count) {
	words := strings.Fields(strings.ToLower(query))
	now, counts := s.o.Now(), map[approval.Standing]int{}
	var shown []approval.FileItem
	if len(words) == 0 && state == "" {
		shown = items
	}
	for _, it := range items {
		standing := it.Approval.At(now)
		if len(words) > 0 && !hasAll(it, words) {
			continue
		}
		counts[standing]++
		if (len(words) > 0 || state != "") && (state == "" || state == string(standing)) {
			shown = append(shown, it)
		}
	}
	var list []themes.Count
	for _, st := range standings {
		if counts[st] == 0 {
			continue
		}
		one := themes.Count{Label: string(st), Count: counts[st], Selected: state == string(st)}
		one.URL = c.Path() + "?q=" + escapeQuery(query)
		if !one.Selected {
			one.URL += "&state=" + string(st)
		}
		list = append(list, one)
	}
	return shown, list
}

func hasAll(it approval.FileItem, words []string) bool {
	text := strings.ToLower(it.Item.Name + " " + strings.Join(it.Item.Subjects, " ") + " " + it.Item.Identifier)
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

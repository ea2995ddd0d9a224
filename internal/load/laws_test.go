package load

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestEveryBreakOfALawIsNamed plants each break into what two nodes show.
func TestEveryBreakOfALawIsNamed(t *testing.T) {
	t.Parallel()
	show := func(node string) View {
		live := func(at, revision, title string) Seen {
			return Seen{URL: at, Revision: revision, Found: []string{title}, Harvested: []string{title}}
		}
		return View{Node: node, Resources: map[string]Seen{
			"a": live("/r/o/a", "2", "A2"),
			"b": {URL: "/r/o/b", Deleted: true, Tombstones: 1},
			"c": live("/r/o/c", "9", "unknown"), // sent and not answered
			"d": live("/r/o/d", "7", "D"),       // somebody else's
		}}
	}
	l := NewLedger()
	for _, at := range []string{"/r/o/a", "/r/o/b", "/r/o/c", "/r/o/e"} {
		l.try(at)
	}
	l.created("a", "/r/o/a", "A1", "1")
	l.revised("a", "A2", "2")
	l.created("b", "/r/o/b", "B", "1")
	l.withdrawn("b", true)
	l.created("c", "/r/o/c", "C", "8")
	l.revised("c", "C2", "")
	assert.Empty(t, l.Laws([]View{show("x"), show("y")}))

	for want, plant := range map[string]func(s map[string]Seen){
		"a was acknowledged and is not in the feed": func(s map[string]Seen) { delete(s, "a") },
		"a is at 1, and 2 was acknowledged": func(s map[string]Seen) {
			s["a"] = Seen{URL: "/r/o/a", Revision: "1", Found: []string{"A1"}, Harvested: []string{"A1"}}
		},
		"a is at 3, which nobody sent": func(s map[string]Seen) {
			s["a"] = Seen{URL: "/r/o/a", Revision: "3", Found: []string{"A2"}, Harvested: []string{"A2"}}
		},
		"found with [\"A1\"]": func(s map[string]Seen) {
			s["a"] = Seen{URL: "/r/o/a", Revision: "2", Found: []string{"A1"}, Harvested: []string{"A2"}}
		},
		"harvested 2 times": func(s map[string]Seen) {
			s["a"] = Seen{URL: "/r/o/a", Revision: "2", Found: []string{"A2"}, Harvested: []string{"A2", "A2"}}
		},
		"are both /r/o/a": func(s map[string]Seen) {
			s["z"] = Seen{URL: "/r/o/a", Revision: "2", Found: []string{"A2"}, Harvested: []string{"A2"}}
		},
		"b was withdrawn and is there": func(s map[string]Seen) {
			s["b"] = Seen{URL: "/r/o/b", Revision: "1", Found: []string{"B"}, Harvested: []string{"B"}}
		},
		"found 1 times and harvested 0 times, with 1 tombstones": func(s map[string]Seen) {
			s["b"] = Seen{URL: "/r/o/b", Deleted: true, Tombstones: 1, Found: []string{"B"}}
		},
		"a was acknowledged and is withdrawn": func(s map[string]Seen) {
			s["a"] = Seen{URL: "/r/o/a", Deleted: true, Tombstones: 1}
		},
		"d: x shows": func(s map[string]Seen) {
			s["d"] = Seen{URL: "/r/o/d", Revision: "8", Found: []string{"D"}, Harvested: []string{"D"}}
		},
		"e: x does not have it": func(s map[string]Seen) {
			s["e"] = Seen{URL: "/r/o/e", Revision: "8", Found: []string{"E"}, Harvested: []string{"E"}}
		},
	} {
		v := show("y")
		plant(v.Resources)
		problems := l.Laws([]View{show("x"), v})
		found := false
		for _, p := range problems {
			found = found || strings.Contains(p, want)
		}
		assert.True(t, found, "%q is among %q", want, problems)
	}
}

package federation

import (
	"bufio"
	"bytes"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// robots are what a site asks of programs, by RFC 9309. The zero value allows everything.
type robots struct {
	rules    []robotsRule
	delay    time.Duration // Crawl-delay, which is no standard but is meant
	sitemaps []string
}

type robotsRule struct {
	pattern string
	allow   bool
}

// maxRobots is how much of a robots.txt is read, the least that the RFC asks for; maxDelay the longest wait between two
// pages that a site can ask for.
const (
	maxRobots = 500 << 10
	maxDelay  = 30 * time.Second
)

// agent is the product token that groups of rules are matched with.
const agent = "commonplace"

// readRobots reads a robots.txt: the groups that name us or, if none does, those for everybody.
func readRobots(src []byte) robots {
	var ours, everybody, out robots
	named := false
	var into []*robots // that the current group speaks of
	starting := false  // the line before named an agent too
	lines := bufio.NewScanner(bytes.NewReader(src[:min(len(src), maxRobots)]))
	lines.Buffer(make([]byte, 4<<10), maxRobots+1)
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "#")
		field, value, ok := strings.Cut(line, ":")
		field, value = strings.ToLower(strings.TrimSpace(field)), strings.TrimSpace(value)
		if !ok {
			continue
		}
		switch field {
		case "user-agent":
			if !starting {
				into = nil
			}
			starting = true
			if name := strings.ToLower(value); name == "*" {
				into = append(into, &everybody)
			} else if name == agent {
				named = true
				into = append(into, &ours)
			}
			continue
		case "sitemap":
			out.sitemaps = append(out.sitemaps, value)
			continue // belongs to no group
		case "allow", "disallow":
			if value != "" {
				for _, g := range into {
					g.rules = append(g.rules, robotsRule{value, field == "allow"})
				}
			}
		case "crawl-delay":
			if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds > 0 {
				for _, g := range into {
					g.delay = time.Duration(min(seconds, maxDelay.Seconds()) * float64(time.Second))
				}
			}
		}
		starting = false
	}
	group := everybody
	if named {
		group = ours
	}
	out.rules, out.delay = group.rules, group.delay
	return out
}

// allows reports whether an address may be asked for: the longest pattern that matches decides, of equal ones the one that
// allows.
func (r robots) allows(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	longest, allow := -1, true
	for _, rule := range r.rules {
		if n := len(rule.pattern); (n > longest || n == longest && rule.allow) && robotsMatch(rule.pattern, path) {
			longest, allow = n, rule.allow
		}
	}
	return allow
}

// robotsMatch matches a pattern with * and a closing $ in linear time for each piece.
func robotsMatch(pattern, path string) bool {
	pattern, whole := strings.CutSuffix(pattern, "$")
	pieces := strings.Split(pattern, "*")
	if !strings.HasPrefix(path, pieces[0]) {
		return false
	}
	rest := path[len(pieces[0]):]
	if len(pieces) == 1 {
		return !whole || rest == ""
	}
	last := len(pieces) - 1
	for _, piece := range pieces[1:last] {
		at := strings.Index(rest, piece)
		if at < 0 {
			return false
		}
		rest = rest[at+len(piece):]
	}
	if whole {
		return strings.HasSuffix(rest, pieces[last])
	}
	return strings.Contains(rest, pieces[last])
}

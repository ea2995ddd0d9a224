package standards

import (
	"encoding/json"
	"strings"
)

// ResolveLine reads one line of a file of codes and gives at least one resolution. A line is a code, a list or a range
// of codes or words with codes in them, as in ResolveAll, where one in which no code is known gives one Unknown; or a
// JSON object with the members input, subject, jurisdiction and framework, the last three of which count before h.
func (l *Library) ResolveLine(line string, h Hint) []Resolution {
	line, h = splitLine(line, h)
	all := l.ResolveAllWith(line, h)
	for _, r := range all {
		if r.Resolution != Unknown {
			if len(all) == 1 {
				all[0].Input = line
			}
			return all
		}
	}
	return []Resolution{{Input: line, Candidates: []Candidate{}, Resolution: Unknown}}
}

func splitLine(line string, h Hint) (string, Hint) {
	if !strings.HasPrefix(strings.TrimSpace(line), "{") {
		return line, h
	}
	var o struct {
		Input                            *string
		Subject, Jurisdiction, Framework string
	}
	if json.Unmarshal([]byte(line), &o) != nil || o.Input == nil {
		return line, h // such as a GUID in braces
	}
	for _, m := range []struct {
		to    *string
		value string
	}{{&h.Subject, o.Subject}, {&h.Jurisdiction, o.Jurisdiction}, {&h.Framework, o.Framework}} {
		if m.value != "" {
			*m.to = m.value
		}
	}
	return *o.Input, h
}

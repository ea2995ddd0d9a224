package standards

import "slices"

// maxBelow bounds what Descendants answers.
const maxBelow = 100_000

// Keys lists the keys under which alignments to a statement may have been stored, its own first: that by which it was
// known before its framework was imported, and those under which crosswalks of other frameworks carry it.
func (l *Library) Keys(key string) []string {
	l = l.orEmpty()
	keys := []string{key}
	add := func(more ...string) {
		for _, k := range more {
			if !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
	}
	r, ok := l.canonical[key]
	if guest, is := l.guests[key]; is {
		r, ok = guest, true
		if own := l.codes[r]; len(own) == 1 {
			add(own...)
		}
	} else if !ok && l.statements[key] == nil {
		r, ok = listedReading(key)
	}
	if ok {
		add(l.guestKeys[r]...)
		add(r.code)
	}
	return keys
}

// Roots lists the keys of the statements at the top of the framework, in its order.
func (l *Library) Roots(framework string) []string { return slices.Clone(l.orEmpty().roots[framework]) }

// Children lists the keys right below a statement: of an imported one in the framework's order, else what the list of
// known codes has.
func (l *Library) Children(key string) []string {
	l = l.orEmpty()
	if l.statements[key] != nil {
		return slices.Clone(l.children[key])
	}
	r, ok := listedReading(key)
	if !ok {
		return nil
	}
	below := known().families[r.family].children[r.code]
	keys := make([]string, len(below))
	for i, code := range below {
		keys[i] = l.keyOf(reading{r.family, code})
	}
	return keys
}

// Ancestors lists the keys above a statement, nearest first. What lies above a code whose framework is not imported
// follows from its grammar.
func (l *Library) Ancestors(key string) []string {
	l = l.orEmpty()
	var above []string
	seen := map[string]bool{key: true}
	for {
		key = l.parent(key)
		if key == "" || seen[key] {
			return above
		}
		seen[key] = true
		above = append(above, key)
	}
}

func (l *Library) parent(key string) string {
	if s := l.statements[key]; s != nil {
		return s.Parent
	}
	r, ok := readingOf(key)
	if !ok {
		return ""
	}
	codes := known().families[r.family]
	if codes == nil {
		return parentCode(r.family, r.code)
	}
	if p := codes.parent(r.family, r.code); p != "" {
		return l.keyOf(reading{r.family, p})
	}
	return ""
}

// Descendants lists the keys of all statements below, each parent before its children; at most 100,000.
func (l *Library) Descendants(key string) []string {
	var below []string
	seen := map[string]bool{key: true}
	stack := l.Children(key)
	slices.Reverse(stack)
	for len(stack) > 0 && len(below) < maxBelow {
		next := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[next] {
			continue
		}
		seen[next] = true
		below = append(below, next)
		under := l.Children(next)
		slices.Reverse(under)
		stack = append(stack, under...)
	}
	return below
}

// keyOf gives the key of a reading: the imported statement's if there is exactly one, else the code.
func (l *Library) keyOf(r reading) string {
	if keys := l.codes[r]; len(keys) == 1 {
		return keys[0]
	}
	return r.code
}

// readingOf reads a key that is a canonical code.
func readingOf(key string) (reading, bool) {
	sure, _ := read(clean(key), Hint{})
	if sure == nil { // what needs a mark in writing needs none in a key
		sure, _ = readTexas(plain(clean(key)), markLegal, Hint{})
	}
	for _, r := range sure {
		if r.code == key {
			return r, true
		}
	}
	return reading{}, false
}

// listedReading is readingOf for codes of families whose codes are listed.
func listedReading(key string) (reading, bool) {
	r, ok := readingOf(key)
	if !ok || known().families[r.family] == nil {
		return reading{}, false
	}
	return r, true
}

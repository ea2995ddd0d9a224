package approval

import (
	"slices"
	"strings"
	"time"
)

// Finder finds entries of a File without reading all of it again. It is made once for a version of a list, holds about as
// many bytes as the titles and subjects, and may be used by any number of goroutines.
type Finder struct {
	items        []FileItem
	text         string      // what words are looked for in, in lower case: a line for each entry
	lines        []int       // where each line ends
	ends         []time.Time // first moment after the last day; zero: without end
	byID         map[string]int
	byIdentifier map[string]int
}

// NewFinder reads a file, which must not be changed any more.
func NewFinder(f File) *Finder {
	x := &Finder{
		items: f.Items, lines: make([]int, len(f.Items)), ends: make([]time.Time, len(f.Items)),
		byID: make(map[string]int, len(f.Items)), byIdentifier: make(map[string]int, len(f.Items)),
	}
	var text strings.Builder
	for i, it := range f.Items {
		line := it.Item.Name + " " + strings.Join(it.Item.Subjects, " ") + " " + it.Item.Identifier
		text.WriteString(strings.ToLower(strings.ReplaceAll(line, "\n", " ")))
		text.WriteByte('\n')
		x.lines[i] = text.Len()
		x.byID[strings.TrimPrefix(it.Item.ID, "urn:uuid:")], x.byIdentifier[it.Item.Identifier] = i, i
		if last, err := time.Parse(time.DateOnly, it.Approval.Expires); err == nil {
			x.ends[i] = endOf(last)
		}
	}
	x.text = text.String()
	return x
}

// ID is the entry of a resource by its UUID.
func (x *Finder) ID(uuid string) (FileItem, bool) { return x.at(x.byID, uuid) }

// Identifier is the entry of a resource by its OAI identifier.
func (x *Finder) Identifier(id string) (FileItem, bool) { return x.at(x.byIdentifier, id) }

func (x *Finder) at(by map[string]int, name string) (FileItem, bool) {
	i, ok := by[name]
	if !ok {
		return FileItem{}, false
	}
	return x.items[i], true
}

// Standing is what the entry at a place is worth at a moment.
func (x *Finder) Standing(place int, now time.Time) Standing {
	s := x.items[place].Approval.Standing
	if end := x.ends[place]; s.InForce() && !end.IsZero() && !now.Before(end) {
		return Expired
	}
	return s
}

// InForce are the places of entries that are approvals at a moment.
func (x *Finder) InForce(now time.Time) []int {
	places := make([]int, 0, len(x.items))
	for i := range x.items {
		if x.Standing(i, now).InForce() {
			places = append(places, i)
		}
	}
	return places
}

// Find is the places of the entries that have every word of a query in their title, subjects or identifier, and a standing
// at a moment; the standing "" is any. Counts are how many have the words, by what they are worth.
func (x *Finder) Find(query string, standing Standing, now time.Time) (places []int, counts map[Standing]int) {
	counts = map[Standing]int{}
	take := func(i int) {
		s := x.Standing(i, now)
		counts[s]++
		if standing == "" || standing == s {
			places = append(places, i)
		}
	}
	words := strings.Fields(strings.ToLower(query))
	if len(words) == 0 {
		places = make([]int, 0, len(x.items))
		for i := range x.items {
			take(i)
		}
		return places, counts
	}
	// The longest word is in the fewest lines.
	slices.SortStableFunc(words, func(a, b string) int { return len(b) - len(a) })
	for from := 0; from < len(x.text); {
		hit := strings.Index(x.text[from:], words[0])
		if hit < 0 {
			break
		}
		i, exact := slices.BinarySearch(x.lines, from+hit)
		if exact {
			i++ // a line ends where the next one begins
		}
		begin := 0
		if i > 0 {
			begin = x.lines[i-1]
		}
		from = x.lines[i]
		if line := x.text[begin:from]; !slices.ContainsFunc(words[1:], func(w string) bool { return !strings.Contains(line, w) }) {
			take(i)
		}
	}
	return places, counts
}

// Items are the entries at some places.
func (x *Finder) Items(places []int) []FileItem {
	list := make([]FileItem, len(places))
	for i, place := range places {
		list[i] = x.items[place]
	}
	return list
}

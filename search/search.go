package search

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// Bounds of an answer.
const (
	defaultSize = 20
	maxSize     = 100
	maxReach    = 10_000 // hits that Page can reach; Cursor reaches all
	maxNeed     = 8      // words that a match must have, of a long query
	needShare   = 5      // one of so many words must be there, of a long query
	sentence    = 5      // words that make a query a sentence
)

// Search answers the request. It takes any query, built or parsed, in bounded time, and stops with the context's error
// when the context ends.
func (x *Index) Search(ctx context.Context, r Request) (Results, error) {
	out, err := x.search(ctx, r)
	if errors.Is(err, errList) { // what is kept of segments may be at fault, rather than they
		x.columns.forget()
		out, err = x.search(ctx, r)
	}
	if err == nil && out.Total == 0 {
		out, err = x.loose(ctx, r, out)
	}
	if err == nil && out.Total == 0 {
		out.Relax, err = x.relax(ctx, r)
	}
	if err != nil {
		return Results{}, fmt.Errorf("search: %w", err)
	}
	return out, nil
}

func (x *Index) search(ctx context.Context, r Request) (out Results, err error) {
	if r.Sort = r.order(); r.CountOnly {
		r.Sort, r.Cursor = Newest, "" // which needs no scores
	}
	start, err := r.cursor()
	if err != nil {
		return Results{}, err
	}
	v, err := x.view()
	if err != nil {
		return Results{}, err
	}
	defer func() {
		if e := v.close(); err == nil {
			err = e
		}
	}()
	p, err := x.plan(ctx, v, r.Query)
	if err != nil {
		return Results{}, err
	}
	kept, _ := x.rooms.Get().(*rooms)
	if kept == nil {
		kept = &rooms{}
	}
	run := run{x: x, v: v, plan: p, request: r, filters: x.filters(r.Filters), start: start, rooms: kept}
	run.page.members = kept.members[:0]
	run.plan.clauses = append(run.plan.clauses, preferences(run.filters)...)
	run.branches = x.branches(x.library.Load(), r)
	run.picks = x.picks(run.facets(), r.Filters)
	run.marks = marks(run.plan.clauses, run.filters)
	if err := run.all(ctx); err != nil {
		return Results{}, err
	}
	out = run.results()
	kept.members = run.page.members
	err = run.via(out.Hits)
	x.rooms.Put(kept) // after an error it is not as it must be
	return out, err
}

// run is one search as it goes over the parts of the index.
type run struct {
	x          *Index
	v          *view
	plan       plan
	request    Request
	filters    []filter
	marks      []mark
	branches   []branch
	picks      map[Field][]pick
	start      *position // hits come after it; nil: from the first
	total      int
	best       top
	head       top // with a cursor, the first of all whatever it is
	counts     map[Field]*counts
	page       selection            // matches that are in groups
	selections map[Field]*selection // of fields whose own filters are left out
	*rooms
}

// rooms are what one search after another uses.
type rooms struct {
	docs, otherDocs []uint32 // of a part
	set, otherSet   dense    // the same
	sums            []int32
	scores, rough   scorer
	sumBounds       []float32
	keys            []uint64
	few             []uint32
	places          hits // of words of the best
	members         []member
}

func (r *run) all(ctx context.Context) error {
	r.best = newTop(r.room() + 1 + headSize)
	r.head = newTop(headSize)
	r.counts = map[Field]*counts{}
	r.selections = map[Field]*selection{}
	for _, f := range r.facets() {
		r.counts[f] = new(counts)
	}
	wanted := r.plan.wanted()
	need := needed(wanted)
	matches, found, err := r.match(ctx, need)
	for err == nil && need > 1 && (!found || few(matches, wanted)) {
		need--
		matches, found, err = r.match(ctx, need)
	}
	if err != nil {
		return err
	}
	for i := range r.v.parts {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.part(i, matches[i]); err != nil {
			return err
		}
	}
	if err := r.collapse(); err != nil {
		return err
	}
	if r.request.Sort != Relevance {
		return nil
	}
	return r.rerank(ctx)
}

// wanted is how many words are wanted.
func (p *plan) wanted() (n int) {
	for _, c := range p.clauses {
		if c.wanted {
			n++
		}
	}
	return n
}

// needed is how many of the wanted words a match must have: both of two, two of more, a fifth of many, at most maxNeed. To
// ask for more hides what a long question asks for in other words. Where that finds next to nothing, fewer do: what has
// more words stands first anyway.
func needed(wanted int) int {
	if wanted <= 2 {
		return wanted
	}
	return min(max(2, wanted/needShare), maxNeed)
}

// match gives what the query finds in each part, before the filters, and whether anything is left after them.
func (r *run) match(ctx context.Context, need int) (sets []*roaring.Bitmap, found bool, err error) {
	for i := range r.v.parts {
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		p := &r.v.parts[i]
		set, err := p.match(r.plan.clauses, need)
		if err != nil {
			return nil, false, err
		}
		sets = append(sets, set)
		if found {
			continue
		}
		choices, err := r.choices(p)
		if err != nil {
			return nil, false, err
		}
		found = !r.narrow(choices, set, "").IsEmpty()
	}
	return sets, found, nil
}

// match gives the documents that match all clauses, of the wanted ones at least need.
func (p *part) match(clauses []clause, need int) (*roaring.Bitmap, error) {
	set := p.live
	var wanted []*roaring.Bitmap
	for _, c := range clauses {
		if c.faint {
			continue
		}
		b, err := p.clause(c)
		if err != nil {
			return nil, err
		}
		if c.wanted {
			wanted = append(wanted, b)
		} else {
			set = roaring.And(set, b)
		}
	}
	if len(wanted) > 0 {
		set = roaring.And(set, atLeast(wanted, need))
	}
	return set, nil
}

func (p *part) clause(c clause) (*roaring.Bitmap, error) {
	sets := make([]*roaring.Bitmap, len(c.atoms))
	for i, a := range c.atoms {
		b, err := a.match(p)
		if err != nil {
			return nil, err
		}
		if a.not {
			b = roaring.AndNot(p.live, b)
		}
		sets[i] = b
	}
	return anyOf(sets), nil
}

// atLeast gives the documents that are in at least need of the sets.
func atLeast(sets []*roaring.Bitmap, need int) *roaring.Bitmap {
	switch {
	case need <= 1:
		return roaring.FastOr(sets...)
	case need >= len(sets):
		return roaring.FastAnd(sets...)
	}
	layers := make([]*roaring.Bitmap, need) // layers[i]: in more than i of the sets read so far
	for i := range layers {
		layers[i] = roaring.New()
	}
	for _, s := range sets {
		for i := need - 1; i > 0; i-- {
			layers[i].Or(roaring.And(layers[i-1], s))
		}
		layers[0].Or(s)
	}
	return layers[need-1]
}

// part takes the matches of one part: counts facets, scores, keeps the best.
func (r *run) part(i int, matched *roaring.Bitmap) error {
	p := &r.v.parts[i]
	choices, err := r.choices(p)
	if err != nil {
		return err
	}
	copied, err := r.x.shared.copiesIn(p)
	if err != nil {
		return err
	}
	set := r.narrow(choices, matched, "")
	members := roaring.And(set, copied)
	first := len(r.page.members)
	r.page.add(i, p, members)
	alone := roaring.AndNot(set, members)
	r.docs = appendDocs(r.docs[:0], alone)
	r.total += len(r.docs)
	if err := r.count(i, choices, matched, alone, copied); err != nil {
		return err
	}
	if set.IsEmpty() {
		return nil
	}
	docs := r.docs
	var titled *roaring.Bitmap
	if r.request.Sort == Relevance {
		if r.plan.titleKey != "" {
			if titled, err = p.documents(fieldTitleKey, r.plan.titleKey); err != nil {
				return err
			}
		}
		some, scored := docs, false
		if r.bounded(len(docs)) {
			some, scored, err = r.bestScored(p, len(docs), members, titled)
		}
		switch {
		case err != nil:
		case scored:
			docs = some
		default:
			err = r.scores.score(r.v, p, &r.plan, set)
		}
		if err != nil {
			return err
		}
	}
	var names []string
	var remixes numbers
	switch r.request.Sort {
	case Title:
		names, err = p.titlesOf()
	case Remixes:
		remixes, err = p.remixesIn(p.segment.Segment())
	}
	if err != nil {
		return err
	}
	if r.request.CountOnly {
		docs = nil
	}
	switch {
	case r.start != nil:
	case r.request.Sort == Relevance:
		docs = r.scored(p, docs, titled)
	case r.request.Sort == Newest:
		docs = r.recent(p, docs, r.set)
	}
	for _, d := range slices.Backward(docs) { // the newest first, or the best: after them, few others are among the best
		if !r.promising(&r.best, p, d, titled, names, remixes) && (r.start == nil || !r.promising(&r.head, p, d, titled, names, remixes)) {
			continue
		}
		at := r.position(i, d, titled, names, remixes)
		r.identify(&at)
		r.keep(at)
	}
	own, err := p.documents(string(Source), Own)
	if err != nil {
		return err
	}
	for j := first; j < len(r.page.members); j++ {
		m := &r.page.members[j]
		m.own, m.at = own.Contains(m.doc), r.position(i, m.doc, titled, names, remixes)
	}
	return nil
}

// count counts the facets of the matches of one part that are in no group, and keeps the others.
func (r *run) count(i int, choices []*roaring.Bitmap, matched, alone, copied *roaring.Bitmap) error {
	p := &r.v.parts[i]
	r.set = newDense(alone, p.docs, r.set)
	for f, n := range r.counts {
		docs, set, within := r.docs, alone, r.set
		if slices.ContainsFunc(r.filters, func(c filter) bool { return c.field == f && f != Permission }) {
			set = r.narrow(choices, matched, f)
			s := r.selections[f]
			if s == nil {
				s = &selection{}
				r.selections[f] = s
			}
			s.add(i, p, roaring.And(set, copied))
			set = roaring.AndNot(set, copied)
			r.otherDocs = appendDocs(r.otherDocs[:0], set)
			r.otherSet = newDense(set, p.docs, r.otherSet)
			docs, within = r.otherDocs, r.otherSet
		}
		if err := p.countPicks(r.picks[f], set); err != nil {
			return err
		}
		if f == Standard && r.request.StandardUnder != "" {
			if err := p.countBranches(r.branches, set); err != nil {
				return err
			}
			continue
		}
		n.add(p.values[f], docs, within, &r.sums)
	}
	return nil
}

// appendDocs appends the documents of a set.
func appendDocs(docs []uint32, set *roaring.Bitmap) []uint32 {
	n := int(set.GetCardinality())
	docs = slices.Grow(docs, n)
	it := set.ManyIterator()
	for room := docs[len(docs) : len(docs)+n]; len(room) > 0; {
		got := it.NextMany(room)
		if got == 0 {
			break
		}
		room, docs = room[got:], docs[:len(docs)+got]
	}
	return docs
}

// room is how many hits must be kept for the page.
func (r *run) room() int {
	if r.request.Cursor != "" {
		return r.request.size()
	}
	return min(r.request.size()*r.request.page(), maxReach)
}

func (r *run) facets() []Field {
	if r.request.Facets == nil {
		return FacetFields()
	}
	return slices.DeleteFunc(slices.Clone(r.request.Facets), func(f Field) bool { return !slices.Contains(FacetFields(), f) })
}

func (r *run) results() Results {
	out := Results{Total: r.total, Hits: []Hit{}, Facets: map[Field][]Facet{}, Hints: r.plan.hints}
	hits := r.best.sorted()
	if r.request.CountOnly {
		hits = nil
	}
	more := len(hits) > r.room()
	hits = hits[:min(len(hits), r.room())]
	if r.request.Cursor == "" {
		hits = hits[min(len(hits), r.request.size()*(r.request.page()-1)):]
	}
	for _, h := range hits {
		others := r.others(&h)
		hit := Hit{ID: h.id, Others: others[:min(len(others), maxOthers)], Copies: len(others)}
		if r.request.Sort == Relevance {
			hit.Score = h.score
		}
		out.Hits = append(out.Hits, hit)
	}
	if more && len(hits) > 0 {
		out.Next = hits[len(hits)-1].encode(r.request.Sort)
	}
	for f, counts := range r.counts {
		if f == Standard && r.request.StandardUnder != "" {
			out.Facets[f] = listBranches(r.x.library.Load(), r.branches, r.request.Filters[f])
			continue
		}
		if f == Standard {
			out.Facets[f] = r.x.listStandards(counts, r.picks[f])
			continue
		}
		out.Facets[f] = listFacet(f, counts.named(r.x.columns.vocabulary(f).list()), r.picks[f])
	}
	return out
}

// few reports whether fewer are found than fill half a page, or two of a question or another sentence: what that is about
// may have one of its words. Filters are left out of it, so that to choose a value finds as many as its facet says.
func few(sets []*roaring.Bitmap, wanted int) bool {
	least := uint64(defaultSize / 2)
	if wanted >= sentence {
		least = 2 * defaultSize
	}
	n := uint64(0)
	for _, s := range sets {
		n += s.GetCardinality()
	}
	return n < least
}

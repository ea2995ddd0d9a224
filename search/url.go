package search

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds of the parameters of an address.
const (
	maxQueryText = 4000 // bytes of q
	maxChosen    = 20   // values of one filter
)

// Parameters gives the request as the parameters of an address: q, a parameter for each chosen value, sort, under and
// page. Cursor, Size and Facets have none. Of requests that mean the same the parameters are the same: the query is
// printed in its usual form, values are without repetition and in the order of bytes.
func (r Request) Parameters() url.Values {
	v := url.Values{}
	q := Query{Groups: r.Query.Groups}
	if !q.Empty() {
		v.Set("q", q.String())
	}
	for _, f := range Fields() {
		if chosen := r.Filters.chosen(f); len(chosen) > 0 {
			v[string(f)] = chosen
		}
	}
	if s := r.order(); s != Relevance {
		v.Set("sort", string(s))
	}
	if r.StandardUnder != "" {
		v.Set("under", r.StandardUnder)
	}
	if r.page() > 1 {
		v.Set("page", strconv.Itoa(r.page()))
	}
	return v
}

// Key tells what is asked for apart from what else is: two requests have the same key if they give the same hits in the
// same order, page for page. It is for saved searches and feeds, and is stable.
func (r Request) Key() string {
	r.Page, r.StandardUnder = 0, ""
	return r.Parameters().Encode()
}

// ReadParameters reads what Parameters gave, and what people make of it. Parameters that are none of a search are left
// alone; a bad value of one is a hint.
func ReadParameters(v url.Values) (Request, []Hint) {
	text := strings.TrimSpace(v.Get("q"))
	end := min(len(text), maxQueryText)
	for end < len(text) && end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	q, hints := ParseQuery(text[:end])
	r := Request{Query: q, Filters: Filters{}, Sort: q.Sort, StandardUnder: strings.TrimSpace(v.Get("under"))}
	if len(text) > maxQueryText {
		hints = append(hints, Hint{Kind: HintTooLong, Message: "The query is long: only its beginning was searched."})
	}
	r.Query.Sort = Relevance
	for _, f := range Fields() {
		if chosen := Filters(map[Field][]string{f: v[string(f)]}).chosen(f); len(chosen) > 0 {
			r.Filters[f] = chosen
		}
	}
	if s := Sort(v.Get("sort")); slices.Contains(Sorts(), s) && s != Relevance {
		r.Sort = s
	}
	r.Page, _ = strconv.Atoi(v.Get("page")) // 0, the first, if it is no number
	r.Page = r.page()
	return r, hints
}

// chosen are the values of a filter in their usual form and order.
func (c Filters) chosen(f Field) []string {
	var out []string
	for _, value := range c[f] {
		reach := Tree
		if f.alignment() {
			value, reach = strings.TrimSpace(value), Tree
			for strings.HasPrefix(value, string(Alone)) || strings.HasPrefix(value, string(Crosswalk)) {
				reach, value = Reach(value[:1]), value[1:]
			}
		}
		if len(value) > maxValue {
			continue
		}
		if u, ok := usual(f, strings.ToValidUTF8(value, " ")); ok {
			out = append(out, string(reach)+u)
		} else if searchable(value) {
			out = append(out, value) // finds nothing, and says so
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return out[:min(len(out), maxChosen)]
}

// order is the one that hits are given in.
func (r *Request) order() Sort {
	if r.Sort == Relevance {
		return r.Query.Sort
	}
	return r.Sort
}

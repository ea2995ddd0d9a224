package search

import (
	"strings"

	"github.com/RoaringBitmap/roaring/v2"
	segment "github.com/blevesearch/scorch_segment_api/v2"

	"github.com/commonplace-oer/commonplace/repository/standards"
)

// usual gives a field's value in the form that Term.Value has, or false if the field has no such values.
func usual(f Field, value string) (string, bool) {
	value = strings.Join(strings.FieldsFunc(value, isSpace), " ")
	if read := unitOf(f); read != nil {
		s, _, ok := readSpan(value, read)
		return s, ok
	}
	if f == Grade {
		from, to := gradeRange(value)
		if to != "" {
			from += ".." + to
		}
		if i := strings.LastIndex(from, ".."); to == "" && i >= 0 {
			from = gradeName(from[i+2:]) // a range of what are no grades
		}
		value = from
	}
	return value, searchable(value)
}

// fieldOf finds the documents that have one of the values in the field; of Permission, all of them. Values are as
// [usual] gives them; of the fields of standards they may begin with a Reach.
func (x *Index) fieldOf(l *standards.Library, f Field, values []string) atom {
	if f.alignment() {
		return x.standardFilter(l, f, values)
	}
	return atom{match: plainField(f, values)}
}

func plainField(f Field, values []string) matcher {
	switch {
	case f == Grade:
		var all []string
		for _, v := range values {
			from, to := gradeRange(v)
			all = append(all, gradesBetween(from, to)...)
		}
		return fieldMatcher(f, all)
	case f == Permission:
		return func(p *part) (*roaring.Bitmap, error) {
			var sets []*roaring.Bitmap
			for _, v := range values {
				b, err := p.documents(string(Permission), fold(v))
				if err != nil {
					return nil, err
				}
				sets = append(sets, b)
			}
			return roaring.FastAnd(sets...), nil
		}
	case f == Time:
		return spanMatcher(values, readMinutes, (*part).minutesIn)
	case f == Updated:
		return spanMatcher(values, readDate, (*part).modifiedIn)
	}
	return fieldMatcher(f, values)
}

// spanMatcher finds the documents in one of the spans.
func spanMatcher(values []string, read unit, in func(*part, span) (*roaring.Bitmap, error)) matcher {
	return func(p *part) (*roaring.Bitmap, error) {
		var sets []*roaring.Bitmap
		for _, v := range values {
			_, s, ok := readSpan(v, read)
			if !ok || s.from > s.to {
				continue
			}
			b, err := in(p, s)
			if err != nil {
				return nil, err
			}
			sets = append(sets, b)
		}
		return anyOf(sets), nil
	}
}

// minutesIn gives the documents whose time is known and in the span.
func (p *part) minutesIn(s span) (*roaring.Bitmap, error) {
	out := roaring.New()
	last := []byte(minutesTerm(int(min(s.to, maxMinutes))) + "\x00") // the end is left out
	err := p.eachListed(fieldMinutes, []byte(minutesTerm(int(min(s.from, maxMinutes)))), last, func(docs []uint32) bool {
		out.AddMany(docs)
		return true
	})
	return out, err
}

// modifiedIn gives the documents that changed last within the span.
func (p *part) modifiedIn(s span) (*roaring.Bitmap, error) {
	b := roaring.New()
	for d := range uint32(p.docs) {
		if at := p.modified.of(d); at >= s.from && at <= s.to {
			b.Add(d)
		}
	}
	return b, nil
}

// dictionary gives the terms of a field, nil if the segment has none. A view opens each once.
func (p *part) dictionary(field string) (segment.TermDictionary, error) {
	d, ok := p.fields[field]
	if !ok {
		var err error
		if d, err = p.segment.Segment().Dictionary(field); err != nil {
			return nil, err
		}
		p.fields[field] = d
	}
	return d, nil
}

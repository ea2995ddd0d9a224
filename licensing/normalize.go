package licensing

import "strings"

// maxInput bounds the text that is read.
const maxInput = 1 << 20

// Normalize reads what a text says about rights. It takes any text up to 1 MB in bounded time; of longer ones it reads
// the first megabyte and says so in a warning.
func Normalize(input string) Reading { return NormalizeFrom(input, "") }

// NormalizeFrom is Normalize for a text from a system whose short codes have a meaning of their own there: "Moodle",
// "Flickr", "H5P", "Kolibri", "LibreTexts", "Pressbooks" or "YouTube". Any other source changes nothing.
func NormalizeFrom(input, source string) Reading {
	f := loadFacts()
	out := Reading{Input: input, Resolution: NotUnderstood}
	text := input
	if len(text) > maxInput {
		text = strings.ToValidUTF8(text[:maxInput], "")
		out.warn("only the first megabyte was read")
	}
	trimmed := strings.TrimSpace(text)
	if trimmed == "" {
		return out
	}
	if source != "" {
		if r := f.vocab[strings.ToLower(source)][strings.ToLower(trimmed)]; r != nil {
			out.take(r)
			out.evidence(mention{rec: r, start: strings.Index(text, trimmed), end: strings.Index(text, trimmed) + len(trimmed)})
			return out
		}
	}
	if len(trimmed) < 64 {
		if m, ok := f.readID(trimmed); ok {
			m.start = strings.Index(text, trimmed)
			m.end = m.start + len(trimmed)
			out.take(m.rec)
			out.evidence(m)
			return out
		}
	}
	if len(trimmed) < maxExpression {
		if expr, ok := f.readExpression(trimmed); ok {
			out.Resolution, out.Expr = Expression, expr
			at := strings.Index(text, trimmed)
			out.Evidence = []Span{{at, at + len(trimmed), trimmed, expr}}
			return out
		}
	}
	r := &reader{scan: scanText(text), f: f}
	found := r.collect()
	out.Excludes = found.excludes
	out.resolve(r, found)
	if len(out.Excludes) > 0 && out.ID != "" {
		out.warn("parts are left out: " + out.Excludes[0])
	} else if out.ID == "" && out.Expr == "" {
		out.Excludes = nil
	}
	return out
}

func (out *Reading) warn(w string) {
	if w != "" && len(out.Warnings) < 16 {
		for _, had := range out.Warnings {
			if had == w {
				return
			}
		}
		out.Warnings = append(out.Warnings, w)
	}
}

// maxEvidence bounds the spans of one reading.
const maxEvidence = 64

func (out *Reading) evidence(m mention) {
	if len(out.Evidence) >= maxEvidence || m.start < 0 || m.end > len(out.Input) {
		return
	}
	says := string(m.base)
	if m.rec != nil {
		says = string(m.rec.ID)
	}
	out.Evidence = append(out.Evidence, Span{m.start, m.end, out.Input[m.start:m.end], says})
}

// take makes one record the answer.
func (out *Reading) take(r *record) {
	out.ID = r.ID
	switch {
	case r.ID == UnknownRights:
		out.Resolution = NotUnderstood
	case r.custom, r.permitted:
		out.Resolution = CustomTerms
	case r.status:
		out.Resolution = Status
	case r.unversion:
		out.Resolution = Family
	default:
		out.Resolution = Exact
	}
}

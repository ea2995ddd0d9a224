package licensing

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// Grant is the public money that paid for a work, as far as it decides which rules apply.
type Grant struct {
	Funder    string `json:"funder"`              // "US-ED", "US-DOL", "CA-CCCCO" …, or its name
	Program   string `json:"program,omitempty"`   // "TAACCCT", "Open Textbooks Pilot" …
	Kind      string `json:"kind,omitempty"`      // competitive, discretionary, formula, own time
	Announced string `json:"announced,omitempty"` // dates are YYYY-MM-DD, or a beginning of that
	Awarded   string `json:"awarded,omitempty"`
	Signed    string `json:"signed,omitempty"`
	NewWork   bool   `json:"new_work"`           // false: it modifies what existed before
	Modifies  ID     `json:"modifies,omitempty"` // the license of what it modifies
}

// rule is one public-funding rule.
type rule struct {
	ID, Name, Cite, Confidence, Source string
	Funders, Programs                  []string
	Either                             bool // funder or program is enough
	Kinds                              []string
	NotKinds                           []string `json:"not_kinds"`
	WrongKind                          string   `json:"wrong_kind"`
	Date, From, To                     string
	Allow                              []string
	AllowNC                            []string `json:"allow_nc"`
	Review, Deny                       []string
	Failure, Upstream, Defer           string
	NoMandate                          bool `json:"no_mandate"`
}

var loadRules = sync.OnceValue(func() []rule {
	var file struct{ Rules []rule }
	mustDecode("policies.json", &file)
	return file.Rules
})

// evaluatePolicy answers whether a license satisfies the rules of the grant that paid for the work.
func evaluatePolicy(q Question) Answer {
	g := q.Grant
	if g == nil {
		g = &Grant{}
	}
	var skipped *Answer
	for _, r := range loadRules() {
		if !r.covers(g) {
			continue
		}
		verdict, code := r.judge(g, q)
		a := Answer{ID: q.ID, Verdict: verdict, Reasons: []Reason{r.reason(code, q.Output)}}
		if verdict != NotApplicable {
			return a
		}
		if skipped == nil || code != "POL_AFTER_END" && skipped.Reasons[0].Code == "POL_AFTER_END" {
			skipped = &a
		}
	}
	if skipped != nil {
		return *skipped
	}
	return Answer{ID: q.ID, Verdict: NotApplicable, Reasons: []Reason{rule{}.reason("POL_NO_RULE", q.Output)}}
}

func (r rule) reason(code string, out ID) Reason {
	clause := cmp.Or(r.Cite, loadSentences().reasons[code].Clause)
	if r.Confidence != "" {
		clause = r.Name + ": " + clause + " (" + r.ID + "; certainty: " + r.Confidence + ")"
	}
	reason := Reason{Code: code, Output: out, Clause: clause}
	reason.Text = reason.In("en")
	return reason
}

// covers reports whether the rule is about the grant's funder and program.
func (r rule) covers(g *Grant) bool {
	funder := slices.ContainsFunc(r.Funders, func(f string) bool { return strings.EqualFold(f, g.Funder) })
	program := slices.ContainsFunc(r.Programs, func(p string) bool {
		return strings.HasPrefix(strings.ToLower(g.Program), p)
	})
	switch {
	case r.Either:
		return funder || program
	case len(r.Programs) > 0:
		return funder && program
	}
	return funder
}

func (r rule) judge(g *Grant, q Question) (Verdict, string) {
	if r.NoMandate {
		return NotApplicable, "POL_NO_MANDATE"
	}
	if v, code := r.inTime(g); v != "" {
		return v, code
	}
	kind := strings.ToLower(g.Kind)
	if kind != "" && len(r.Kinds) > 0 && !slices.Contains(r.Kinds, kind) || slices.Contains(r.NotKinds, kind) {
		return NotApplicable, r.WrongKind
	}
	if r.Defer != "" {
		for _, other := range loadRules() {
			if other.ID == r.Defer {
				return other.judge(g, q)
			}
		}
	}
	out := q.Output
	old := upstreamOf(g, q)
	if ok, code := r.permits(out); ok {
		return Compliant, code
	} else if old != "" && !g.NewWork && r.forbidden(old) {
		if r.Upstream == "conflict" {
			return ConflictReview, "POL_UPSTREAM_CONFLICT"
		}
		return Compliant, "POL_DUTY_LIMITED"
	}
	if matches(r.Review, out) || known(out) && !matches(r.Deny, out) && loadFacts().known(out).Open && len(r.Deny) > 0 {
		return ConflictReview, "POL_LICENCE_REVIEW"
	}
	return NotCompliant, r.Failure
}

func known(id ID) bool { _, ok := Lookup(id); return ok }

// upstreamOf is the license of what the work modifies.
func upstreamOf(g *Grant, q Question) ID {
	if g.Modifies != "" {
		return g.Modifies
	}
	for _, s := range q.Sources {
		return s.License
	}
	return ""
}

// forbidden reports whether material under a license cannot become what the rule asks for.
func (r rule) forbidden(old ID) bool {
	src := loadFacts().known(old)
	for _, want := range [...]ID{CCBY, CC0, CCBYSA, CCBYNC, CCBYNCSA} {
		if ok, _ := r.permits(want); ok && adapt(src, loadFacts().byID[want]).severity == sevAllowed {
			return false
		}
	}
	return true
}

func (r rule) permits(out ID) (bool, string) {
	switch {
	case matches(r.Deny, out):
		return false, ""
	case matches(r.Allow, out):
		return true, "POL_OK"
	case matches(r.AllowNC, out):
		return true, "POL_OK_NC_PERMITTED"
	}
	return false, ""
}

// inTime answers for grants outside the rule's time. A date that is not given is taken to be inside.
func (r rule) inTime(g *Grant) (Verdict, string) {
	date := map[string]string{"announced": g.Announced, "awarded": g.Awarded, "signed": g.Signed}[r.Date]
	date = cmp.Or(date, g.Announced, g.Awarded, g.Signed)
	if r.Date == "" || date == "" {
		return "", ""
	}
	switch {
	case r.From != "" && date < r.From[:min(len(date), len(r.From))]:
		return NotApplicable, "POL_BEFORE_EFFECTIVE"
	case r.To != "" && date > r.To:
		return NotApplicable, "POL_AFTER_END"
	}
	return "", ""
}

// matches reports whether an id fits one of the patterns. A * after a unit stands for version and port, so that
// "CC-BY-*" is no pattern for CC-BY-SA-4.0.
func matches(patterns []string, id ID) bool {
	s := string(id)
	for _, p := range patterns {
		head, tail, wild := strings.Cut(p, "*")
		switch {
		case p == "*", p == s:
			return true
		case !wild:
		case head == "":
			if strings.Contains(s+"-", strings.TrimSuffix(tail, "*")) {
				return true
			}
		default:
			rest, ok := strings.CutPrefix(s, head)
			if ok && (strings.HasPrefix(head, "LicenseRef-") || rest == "" || '0' <= rest[0] && rest[0] <= '9' || rest[0] == '-') {
				return true
			}
		}
		if wild && s+"-" == head { // the family, whose version is not stated
			return true
		}
	}
	return false
}

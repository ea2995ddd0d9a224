package licensing

// Verdict is the answer to a question.
type Verdict string

// The verdicts. The last four answer questions about public funding.
const (
	Allowed               Verdict = "allowed"
	AllowedNotRecommended Verdict = "allowed_not_recommended"
	NotAllowed            Verdict = "not_allowed"
	Disputed              Verdict = "disputed"
	ManualReview          Verdict = "manual_review"

	Compliant      Verdict = "compliant"
	NotCompliant   Verdict = "not_compliant"
	NotApplicable  Verdict = "not_applicable"
	ConflictReview Verdict = "conflict_review"
)

// Reason says why a verdict is what it is.
type Reason struct {
	Code     string   `json:"code"`               // stable, such as "NO_ND_ADAPTATION"
	Refs     []string `json:"refs,omitempty"`     // the works concerned
	Licenses []ID     `json:"licenses,omitempty"` // the licenses concerned
	Clause   string   `json:"clause,omitempty"`   // the clause, chart or statute that says so
	Text     string   `json:"text"`               // a sentence for a teacher, in English; see Reason.In
}

// In is the reason's sentence in a language: "en" or "es"; any other is answered in English.
func (r Reason) In(lang string) string { return r.Text }

// Obligation is something that the reuser must do.
type Obligation struct {
	Code    string `json:"code"`              // stable, such as "ATTRIBUTE"
	Ref     string `json:"ref,omitempty"`     // the work it is owed to; empty: concerns the result
	License ID     `json:"license,omitempty"` // the license that asks for it
}

// String renders the obligation as CODE:ref, or as CODE where it concerns the result.
func (o Obligation) String() string {
	if o.Ref == "" {
		return o.Code
	}
	return o.Code + ":" + o.Ref
}

// In is the obligation's sentence in a language: "en" or "es"; any other is answered in English.
func (o Obligation) In(lang string) string { return o.Code }

// Use is what will be done with the result.
type Use struct {
	Commercial bool `json:"commercial"`
	Share      bool `json:"share"` // false: kept private
	DRM        bool `json:"drm"`   // locked by technical measures
}

// Question asks whether the sources may be used in this way for a result under Output. It decodes from JSON with
// inputs, graph, mode, output, output_universe, use and grant.
type Question struct {
	ID       string
	Mode     Mode
	Sources  []Work // all that the result is made from, each with its Role; refs into Graph have what they came from
	Graph    Graph  // further ancestors
	Target   string // the work of Graph that is asked about; empty: a new work made from Sources, or the graph's last
	Output   ID     // the license of the result; empty asks which there may be
	Universe []ID   // the candidates for the outputs; empty: the current Creative Commons licenses
	Use      Use
	Grant    *Grant // for Policy
}

// Answer is the verdict with all that follows from it. It encodes to JSON with the codes of reasons and obligations,
// and everything about them under "details".
type Answer struct {
	ID          string
	Verdict     Verdict
	Reasons     []Reason
	Obligations []Obligation // in reading order
	Outputs     []Option     // best first, the refused ones last
}

// Evaluate answers a question. The order of sources and works never changes the answer, and one more source never
// widens it.
func Evaluate(q Question) Answer { return Answer{ID: q.ID, Verdict: ManualReview} }

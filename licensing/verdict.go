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
	Refs     []string `json:"refs,omitempty"`     // the works concerned, at most 20
	Licenses []ID     `json:"licenses,omitempty"` // the licenses concerned
	Output   ID       `json:"output,omitempty"`   // the license of the result
	Clause   string   `json:"clause,omitempty"`   // the clause, chart or statute that says so
	Text     string   `json:"text"`               // a sentence for a teacher, in English; other languages by Reason.In
}

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

// Use is what will be done with the result.
type Use struct {
	Commercial bool `json:"commercial"`
	Private    bool `json:"private"` // not shared with anybody
	DRM        bool `json:"drm"`     // locked by technical measures
}

// Question asks whether the sources may be used in this way for a result under Output. It decodes from JSON with
// inputs, graph, target, mode, output, output_universe, use and grant; "licence" and "license" are both read.
type Question struct {
	ID       string
	Mode     Mode
	Sources  []Work // what the result is made from; their From may name works of Graph
	Graph    Graph  // what the sources came from; without Sources, what is asked about
	Target   string // without Sources: the work of Graph that is asked about; empty: the one nothing was made from
	Output   ID     // the license of the result; empty asks which there may be
	Universe []ID   // the candidates for the outputs; empty: the current Creative Commons licenses and what the sources lead to
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

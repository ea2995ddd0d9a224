package licensing

// Mode is what is done with the sources of a work.
type Mode string

// The modes of use.
const (
	Adaptation Mode = "adaptation" // a remix: changed or built upon
	Collection Mode = "collection" // gathered unchanged beside others
	Verbatim   Mode = "verbatim"   // copied as it is; a change of format counts as that
	Relicense  Mode = "relicense"  // the same work under another license
	Policy     Mode = "policy"     // no use: does the license satisfy the grant that paid for the work?
)

// Role is the part that one source plays in an adaptation.
type Role string

// The roles of a source.
const (
	Adapted      Role = "adapted"           // the default: its expression is changed or built upon
	Included     Role = "included"          // kept unchanged beside the rest
	Component    Role = "component"         // a separate file or snippet with a license of its own
	Excerpt      Role = "excerpt_exception" // used under an exception to copyright such as fair use
	ProducedWork Role = "produced_work"     // made from an ODbL database, and no database itself
)

// Creator is somebody who is credited.
type Creator struct {
	Name string `json:"name"`
	URL  string `json:"url,omitempty"`
}

// Work is one node of a provenance graph: a resource, a file, or an earlier step of a remix.
type Work struct {
	Ref          string    `json:"ref"`               // names the work inside the graph
	License      ID        `json:"license,omitempty"` // empty: not cleared
	Title        string    `json:"title,omitempty"`
	URL          string    `json:"url,omitempty"`
	Creators     []Creator `json:"creators,omitempty"`
	From         []string  `json:"from,omitempty"`          // refs of what it was made from
	Mode         Mode      `json:"mode,omitempty"`          // how it was made from them; empty: Adaptation
	Role         Role      `json:"role,omitempty"`          // the part it plays in what is made of it; empty: Adapted
	Transform    string    `json:"transform,omitempty"`     // what was done to it: "translation", "crop", "format_shift", "sync" …
	Language     string    `json:"language,omitempty"`      // BCP 47; of the result of a translation
	Changes      string    `json:"changes,omitempty"`       // what whoever used it changed, in a few words
	PriorChanges string    `json:"prior_changes,omitempty"` // the change notices that it came with
	Notice       string    `json:"notice,omitempty"`        // its copyright notice
	Disclaimer   string    `json:"disclaimer,omitempty"`    // its warranty disclaimer
	Anonymous    bool      `json:"anonymous,omitempty"`     // the licensor asked for the credit to be removed
	RightsHolder bool      `json:"rights_holder,omitempty"` // for Relicense: done by who holds the rights
	Withdrawn    bool      `json:"withdrawn,omitempty"`     // its license is no longer offered; copies received keep it
	Excluded     string    `json:"excluded,omitempty"`      // why the license of the whole does not cover it, in a few words
}

// Graph is how works came from one another. Order never matters. A graph of more than [MaxWorks] works is not judged.
type Graph struct {
	Works []Work `json:"works"`
}

// MaxWorks bounds the works of one graph.
const MaxWorks = 20_000

// Option is a license that a result may or may not have.
type Option struct {
	ID      ID       `json:"id"`
	Verdict Verdict  `json:"verdict"`
	Reasons []Reason `json:"reasons"`
}

// Offered reports whether the remix form may offer the license.
func (o Option) Offered() bool {
	return o.Verdict == Allowed || o.Verdict == AllowedNotRecommended
}

// Result is the one work of the graph that nothing else was made from; false if there is none or more than one.
func (g Graph) Result() (ref string, one bool) {
	used := map[string]bool{}
	for _, w := range g.Works {
		for _, from := range w.From {
			used[from] = true
		}
	}
	for _, w := range g.Works {
		switch {
		case used[w.Ref] || one && w.Ref == ref:
		case one:
			return "", false
		default:
			ref, one = w.Ref, true
		}
	}
	return ref, one
}

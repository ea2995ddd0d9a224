package licensing

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// MarshalJSON writes {"input","id","resolution","expr","warnings","evidence"}; id and expr are null where there
// is none. Exceptions are among the warnings.
func (r Reading) MarshalJSON() ([]byte, error) {
	w := struct {
		Input      string     `json:"input"`
		ID         *ID        `json:"id"`
		Resolution Resolution `json:"resolution"`
		Expr       *string    `json:"expr"`
		Warnings   []string   `json:"warnings"`
		Evidence   []Span     `json:"evidence"`
	}{Input: r.Input, Resolution: r.Resolution, Warnings: r.Warnings, Evidence: r.Evidence}
	if r.ID != "" {
		w.ID = &r.ID
	}
	if r.Expr != "" {
		w.Expr = &r.Expr
	}
	if w.Warnings == nil {
		w.Warnings = []string{}
	}
	if w.Evidence == nil {
		w.Evidence = []Span{}
	}
	return json.Marshal(w)
}

// NormalizeLine reads one line of input for the command line: a text as it is, or a JSON object {"input","context"}
// where context names the system that the text comes from.
func NormalizeLine(line string) Reading {
	if len(line) > 1 && line[0] == '{' {
		var o struct{ Input, Context string }
		if json.Unmarshal([]byte(line), &o) == nil && o.Input != "" {
			return NormalizeFrom(o.Input, o.Context)
		}
	}
	return Normalize(line)
}

// UnmarshalJSON reads a question in the form of the test vectors. Unknown keys are left out, but for those that others use
// for what has another name here; and a question has to say what it is about, if only with an empty list for a work of one's
// own: who is not understood must not be told that everything is allowed.
func (q *Question) UnmarshalJSON(b []byte) error {
	var w struct {
		ID       string
		Mode     Mode
		Inputs   []Work
		Sources  []sourceWork
		Graph    Graph
		Target   string
		Output   *ID
		Universe json.RawMessage `json:"output_universe"`
		Use      struct {
			Commercial, DRM, Private bool
			Share                    *bool
		}
		Grant *Grant

		License, Licence, Works json.RawMessage
	}
	if err := json.Unmarshal(b, &w); err != nil {
		return fmt.Errorf("read question: %w", err)
	}
	switch {
	case w.License != nil || w.Licence != nil:
		return errors.New(`read question: the license of the result is called "output"`)
	case w.Works != nil:
		return errors.New(`read question: the works that it is about are called "inputs" or "sources", and what those came from "graph"`)
	}
	*q = Question{ID: w.ID, Mode: w.Mode, Sources: w.Inputs, Graph: w.Graph, Target: w.Target, Grant: w.Grant}
	for _, s := range w.Sources {
		if !s.citation {
			q.Sources = append(q.Sources, s.Work)
		}
	}
	cited := len(w.Sources) > 0 && len(q.Sources) == 0
	if w.Grant == nil && w.Inputs == nil && len(w.Graph.Works) == 0 && (w.Sources == nil || cited) {
		return errors.New(`read question: it names no works: "inputs" is a list of such as {"license": "CC-BY-4.0"}`)
	}
	if w.Output != nil {
		q.Output = readLicense(string(*w.Output))
	}
	q.Use = Use{Commercial: w.Use.Commercial, DRM: w.Use.DRM, Private: w.Use.Private || w.Use.Share != nil && !*w.Use.Share}
	return q.readUniverse(w.Universe)
}

// sourceWork is an entry of "sources": a work, or a text that only cites where the question comes from.
type sourceWork struct {
	Work
	citation bool
}

func (s *sourceWork) UnmarshalJSON(b []byte) error {
	if s.citation = len(b) > 0 && b[0] == '"'; s.citation {
		return nil
	}
	return json.Unmarshal(b, &s.Work)
}

// UnmarshalJSON reads a graph as an array of works, or as an object with "works".
func (g *Graph) UnmarshalJSON(b []byte) error {
	if b = bytes.TrimSpace(b); len(b) > 0 && b[0] == '[' {
		return json.Unmarshal(b, &g.Works)
	}
	var w struct{ Works []Work }
	if err := json.Unmarshal(b, &w); err != nil {
		return fmt.Errorf("read graph: %w", err)
	}
	g.Works = w.Works
	return nil
}

// readUniverse reads the candidates: a list of ids, or "U7" for the current Creative Commons licenses.
func (q *Question) readUniverse(raw json.RawMessage) error {
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return nil
	}
	var name string
	if json.Unmarshal(raw, &name) == nil {
		if name != "U7" {
			return fmt.Errorf("read question: output universe %q is not known", name)
		}
		q.Universe = Current()
		return nil
	}
	if err := json.Unmarshal(raw, &q.Universe); err != nil {
		return fmt.Errorf("read output universe: %w", err)
	}
	return nil
}

// readLicense reads a license as an id or as people write it. What is not understood stays as it is, and no rule knows it.
func readLicense(s string) ID {
	if s == "" || known(ID(s)) {
		return ID(s)
	}
	if r := Normalize(s); r.Cleared() || r.Resolution == CustomTerms {
		return r.ID
	}
	return ID(s)
}

// UnmarshalJSON reads a work with "ref" or "id" and "license" or "licence". Changes and titles may be given by language;
// English is taken first.
func (w *Work) UnmarshalJSON(b []byte) error {
	type plainWork Work
	var v struct {
		plainWork
		ID         string    `json:"id"`
		Licence    string    `json:"licence"`
		License    string    `json:"license"`
		Creator    string    `json:"creator"`
		CreatorURL string    `json:"creator_url"`
		Title      localized `json:"title"`
		Changes    localized `json:"changes"`
		Prior      localized `json:"prior_changes"`
		Anonymise  bool      `json:"anonymise"`
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return fmt.Errorf("read work: %w", err)
	}
	*w = Work(v.plainWork)
	if w.Ref == "" {
		w.Ref = v.ID
	}
	w.License = readLicense(v.Licence)
	if v.License != "" {
		w.License = readLicense(v.License)
	}
	w.Title, w.Changes, w.PriorChanges = string(v.Title), string(v.Changes), string(v.Prior)
	w.Anonymous = w.Anonymous || v.Anonymise
	if v.Creator != "" {
		w.Creators = append(w.Creators, Creator{v.Creator, v.CreatorURL})
	}
	return nil
}

// localized is a text, or texts by language, or a list of them.
type localized string

func (l *localized) UnmarshalJSON(b []byte) error {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	*l = localized(oneText(v))
	return nil
}

func oneText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case map[string]any:
		for _, lang := range [...]string{"en", "es"} {
			if s, ok := v[lang].(string); ok {
				return s
			}
		}
	case []any:
		s := ""
		for i, x := range v {
			if i > 0 {
				s += "; "
			}
			s += oneText(x)
		}
		return s
	}
	return ""
}

// answerOutputs are the outputs by verdict, as the test vectors have them.
type answerOutputs struct {
	Allowed      []ID `json:"allowed"`
	Discouraged  []ID `json:"allowed_not_recommended"`
	Disputed     []ID `json:"disputed"`
	ManualReview []ID `json:"manual_review"`
	NotAllowed   []ID `json:"not_allowed"`
}

// MarshalJSON writes {"id","verdict","reasons","obligations","outputs"} with codes, and what they mean under "details".
func (a Answer) MarshalJSON() ([]byte, error) {
	type detail struct {
		Obligation
		Clause string `json:"clause,omitempty"`
		Text   string `json:"text"`
	}
	w := struct {
		ID          string         `json:"id"`
		Verdict     Verdict        `json:"verdict"`
		Reasons     []string       `json:"reasons"`
		Obligations []string       `json:"obligations"`
		Outputs     *answerOutputs `json:"outputs"`
		Details     struct {
			Reasons     []Reason `json:"reasons"`
			Obligations []detail `json:"obligations"`
			Outputs     []Option `json:"outputs,omitempty"`
		} `json:"details"`
	}{ID: a.ID, Verdict: a.Verdict, Reasons: []string{}, Obligations: []string{}}
	w.Details.Reasons, w.Details.Obligations, w.Details.Outputs = a.Reasons, []detail{}, a.Outputs
	for _, r := range a.Reasons {
		w.Reasons = append(w.Reasons, r.Code)
	}
	for _, o := range a.Obligations {
		w.Obligations = append(w.Obligations, o.String())
		w.Details.Obligations = append(w.Details.Obligations, detail{o, o.Clause(), o.In("en")})
	}
	if a.Outputs != nil {
		o := answerOutputs{[]ID{}, []ID{}, []ID{}, []ID{}, []ID{}}
		for _, x := range a.Outputs {
			list := map[Verdict]*[]ID{Allowed: &o.Allowed, AllowedNotRecommended: &o.Discouraged, Disputed: &o.Disputed, ManualReview: &o.ManualReview, NotAllowed: &o.NotAllowed}[x.Verdict]
			*list = append(*list, x.ID)
		}
		w.Outputs = &o
	}
	return json.Marshal(w)
}

package repository

import "github.com/commonplace-oer/commonplace/repository/metadata"

// Criterion is what is known of a revision's conformance to one success criterion of WCAG 2.1, level A or AA
// (https://www.w3.org/TR/WCAG21/).
type Criterion struct {
	Number string            `json:"number"` // "1.4.3"
	Level  string            `json:"level"`  // "A" or "AA"
	State  CheckState        `json:"state"`  // passed, failed, person or none
	By     CriterionBasis    `json:"by,omitempty"`
	Places metadata.Problems `json:"places,omitempty"` // where it fails
}

// CriterionBasis is what a state follows from.
type CriterionBasis string

// What decides: what is in the content, or the pages of this program that show it, which are tested with axe, by keyboard,
// at 320 pixels and without styles before each version of it.
const (
	ByContent CriterionBasis = "content"
	ByPage    CriterionBasis = "page"
)

// wcagRule says how a criterion is judged. Where needs is not met it does not apply; a problem with one of the codes fails
// it; then the machine's word is the last, or a person must look.
type wcagRule struct {
	number, level string
	by            CriterionBasis
	needs         func(Inventory) bool
	codes         []string
	person        func(Inventory) bool // nil: never
}

func anything(Inventory) bool      { return true }
func nothing(Inventory) bool       { return false }
func seen(i Inventory) bool        { return i.Pictures+i.Drawings+i.Films+i.Documents > 0 }
func unread(i Inventory) bool      { return i.Documents > 0 }
func heard(i Inventory) bool       { return i.Sounds+i.Films > 0 }
func films(i Inventory) bool       { return i.Films > 0 }
func quizzes(i Inventory) bool     { return i.Quizzes > 0 }
func moving(i Inventory) bool      { return i.Films+i.Moving+i.Documents > 0 }
func pixels(i Inventory) bool      { return i.Pictures+i.Films+i.Documents > 0 }
func linked(i Inventory) bool      { return i.Links+i.Documents > 0 }
func headed(i Inventory) bool      { return i.Headings+i.Documents > 0 }
func alternative(i Inventory) bool { return seen(i) || heard(i) || i.Formulas > 0 }

// wcag are the 50 success criteria of levels A and AA, in their order. Nothing in a lesson runs: there are no scripts, time
// limits, gestures, live broadcasts, forms about oneself or contents that appear under the pointer, so that what is about
// those does not apply, whatever an author writes.
var wcag = []wcagRule{
	{"1.1.1", "A", ByContent, alternative, []string{"image-alt", "media-title", "drawing-active"}, anything},
	{"1.2.1", "A", ByContent, heard, []string{"audio-transcript"}, anything},
	{"1.2.2", "A", ByContent, films, []string{"video-captions"}, anything},
	{"1.2.3", "A", ByContent, films, nil, anything},
	{"1.2.4", "AA", ByContent, nothing, nil, nil},
	{"1.2.5", "AA", ByContent, films, nil, anything},
	{"1.3.1", "A", ByContent, anything, []string{"heading-skips", "block-unclosed", "html-refused"}, anything},
	{"1.3.2", "A", ByPage, anything, nil, unread},
	{"1.3.3", "A", ByContent, anything, nil, anything},
	{"1.3.4", "AA", ByPage, anything, nil, nil},
	{"1.3.5", "AA", ByContent, nothing, nil, nil},
	{"1.4.1", "A", ByContent, seen, nil, anything},
	{"1.4.2", "A", ByPage, heard, nil, nil},
	{"1.4.3", "AA", ByContent, anything, []string{"contrast-low"}, pixels},
	{"1.4.4", "AA", ByPage, anything, nil, unread},
	{"1.4.5", "AA", ByContent, pixels, nil, anything},
	{"1.4.10", "AA", ByPage, anything, nil, unread},
	{"1.4.11", "AA", ByContent, seen, nil, anything},
	{"1.4.12", "AA", ByPage, anything, nil, nil},
	{"1.4.13", "AA", ByContent, nothing, nil, nil},
	{"2.1.1", "A", ByPage, anything, nil, unread},
	{"2.1.2", "A", ByPage, anything, nil, nil},
	{"2.1.4", "A", ByContent, nothing, nil, nil},
	{"2.2.1", "A", ByContent, nothing, nil, nil},
	{"2.2.2", "A", ByContent, moving, nil, anything},
	{"2.3.1", "A", ByContent, moving, nil, anything},
	{"2.4.1", "A", ByPage, anything, nil, nil},
	{"2.4.2", "A", ByPage, anything, []string{"title-missing"}, unread},
	{"2.4.3", "A", ByPage, anything, nil, nil},
	{"2.4.4", "A", ByContent, linked, nil, anything},
	{"2.4.5", "AA", ByPage, anything, nil, nil},
	{"2.4.6", "AA", ByContent, headed, nil, anything},
	{"2.4.7", "AA", ByPage, anything, nil, nil},
	{"2.5.1", "A", ByContent, nothing, nil, nil},
	{"2.5.2", "A", ByPage, anything, nil, nil},
	{"2.5.3", "A", ByPage, anything, nil, nil},
	{"2.5.4", "A", ByContent, nothing, nil, nil},
	{"3.1.1", "A", ByContent, anything, []string{"language-missing", "language-form", "language-unknown"}, unread},
	{"3.1.2", "AA", ByContent, anything, nil, anything},
	{"3.2.1", "A", ByPage, anything, nil, nil},
	{"3.2.2", "A", ByPage, anything, nil, nil},
	{"3.2.3", "AA", ByPage, anything, nil, nil},
	{"3.2.4", "AA", ByPage, anything, nil, nil},
	{"3.3.1", "A", ByPage, quizzes, nil, nil},
	{"3.3.2", "A", ByPage, quizzes, []string{"quiz-"}, nil},
	{"3.3.3", "AA", ByPage, quizzes, nil, nil},
	{"3.3.4", "AA", ByContent, nothing, nil, nil},
	{"4.1.1", "A", ByPage, anything, nil, nil},
	{"4.1.2", "A", ByPage, anything, nil, nil},
	{"4.1.3", "AA", ByPage, anything, nil, nil},
}

// Conformance is what is known of the revision by WCAG 2.1, all criteria of levels A and AA in their order. Nothing is said
// to be passed that a machine cannot know.
func (r Report) Conformance() []Criterion {
	has := r.Has()
	list := make([]Criterion, len(wcag))
	for i, rule := range wcag {
		c := Criterion{Number: rule.number, Level: rule.level, State: CheckPassed, By: rule.by}
		for _, p := range r.Problems {
			if begins(p.Code, rule.codes) {
				c.Places = append(c.Places, p)
			}
		}
		switch {
		case len(c.Places) > 0:
			c.State, c.By = CheckFailed, ByContent
		case !rule.needs(has):
			c.State, c.By = CheckNothing, ByContent
		case rule.person != nil && rule.person(has):
			c.State, c.By = CheckPerson, ByContent
		}
		list[i] = c
	}
	return list
}

// ConformanceCounts are how many criteria are in each state.
func ConformanceCounts(list []Criterion) map[CheckState]int {
	counts := map[CheckState]int{}
	for _, c := range list {
		counts[c.State]++
	}
	return counts
}

package approval

import (
	_ "embed"
	"encoding/json"
	"strings"
	"sync"
)

// NotApplicable is the score of a criterion that does not apply to what is reviewed.
const NotApplicable Score = -1

// MaxScore is the best score.
const MaxScore Score = 3

// Score is 0 to 3, or NotApplicable.
type Score int

// String renders a score as sheets write it: 0 to 3, or NA.
func (s Score) String() string {
	if s == NotApplicable {
		return "NA"
	}
	return string(rune('0' + s))
}

// ParseScore reads what String writes, and N/A.
func ParseScore(s string) (Score, bool) {
	switch s = strings.ToUpper(strings.TrimSpace(s)); s {
	case "0", "1", "2", "3":
		return Score(s[0] - '0'), true
	case "NA", "N/A":
		return NotApplicable, true
	}
	return 0, false
}

// Rubric is what reviewers score by. A version of it is never changed, for reviews refer to it.
type Rubric struct {
	ID       string      `json:"id"`
	Version  int         `json:"version"` // from 1
	Title    string      `json:"title"`
	About    string      `json:"about,omitempty"`
	Language string      `json:"language,omitempty"` // BCP 47
	Source   string      `json:"source,omitempty"`   // URL of where it comes from
	Criteria []Criterion `json:"criteria"`           // 1 to 40
}

// Criterion is one thing that is scored.
type Criterion struct {
	ID      string    `json:"id"` // a–z, 0–9 and hyphens
	Title   string    `json:"title"`
	Help    string    `json:"help,omitempty"`
	Anchors [4]string `json:"anchors"` // what the scores 0 to 3 mean; all or none
	Needed  bool      `json:"needed,omitempty"`
}

// RubricRef names a version of a rubric.
type RubricRef struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
}

// Ref names the rubric.
func (r Rubric) Ref() RubricRef { return RubricRef{r.ID, r.Version} }

const maxCriteria = 40

// Check says what is wrong with a rubric.
func (r Rubric) Check() error {
	if err := CheckID(r.ID); err != nil {
		return err
	}
	switch {
	case r.Version < 1:
		return malformed("rubric", "versions of a rubric count from 1")
	case strings.TrimSpace(r.Title) == "":
		return malformed("rubric-title", "the rubric has no title")
	case len(r.Criteria) == 0:
		return malformed("rubric-empty", "the rubric has no criterion")
	case len(r.Criteria) > maxCriteria:
		return malformed("rubric-long", "the rubric has %d criteria, and %d are allowed", len(r.Criteria), maxCriteria)
	}
	for _, err := range []error{
		checkText("the title", r.Title, maxTitle), checkText("the description", r.About, maxText),
		checkText("the language", r.Language, maxName), checkURL("the source", r.Source),
	} {
		if err != nil {
			return err
		}
	}
	seen := map[string]bool{}
	for i, c := range r.Criteria {
		if err := c.check(i + 1); err != nil {
			return err
		}
		if seen[c.ID] {
			return malformed("rubric-twice", "two criteria have the name %s", c.ID)
		}
		seen[c.ID] = true
	}
	return nil
}

func (c Criterion) check(n int) error {
	if !idPattern.MatchString(c.ID) {
		return malformed("rubric-id", "the name %.80q of criterion %d is not of a–z, 0–9 and hyphens", c.ID, n)
	}
	if strings.TrimSpace(c.Title) == "" {
		return malformed("rubric-criterion", "criterion %d has no title", n)
	}
	described := 0
	for _, a := range c.Anchors {
		if err := checkText("an anchor", a, maxText); err != nil {
			return err
		}
		if strings.TrimSpace(a) != "" {
			described++
		}
	}
	if described != 0 && described != len(c.Anchors) {
		return malformed("rubric-anchors", "criterion %d says what some scores mean, and not what the others do", n)
	}
	if err := checkText("a criterion", c.Title, maxTitle); err != nil {
		return err
	}
	return checkText("a criterion", c.Help, maxText)
}

// criterion finds one by its name.
func (r Rubric) criterion(id string) (Criterion, bool) {
	for _, c := range r.Criteria {
		if c.ID == id {
			return c, true
		}
	}
	return Criterion{}, false
}

// MaxRubric bounds a rubric as JSON, in bytes.
const MaxRubric = 512 << 10

// ReadRubric reads a rubric as JSON and checks it.
func ReadRubric(src []byte) (Rubric, error) {
	var r Rubric
	if len(src) > MaxRubric {
		return r, malformed("too-long", "the rubric has %d bytes, and %d are allowed", len(src), MaxRubric)
	}
	if err := strictly(src, &r); err != nil {
		return Rubric{}, malformed("json", "the rubric cannot be read: %v", err)
	}
	return r, r.Check()
}

//go:embed achieve.json
var achieve []byte

// AchieveID names the rubric that every board has.
const AchieveID = "achieve-oer"

var loadAchieve = sync.OnceValue(func() map[string]Rubric {
	var all []Rubric
	if err := json.Unmarshal(achieve, &all); err != nil {
		panic(err)
	}
	m := map[string]Rubric{}
	for _, r := range all {
		m[r.Language] = r
	}
	return m
})

// Achieve is the rubric with the eight dimensions of Achieve's OER rubrics (https://www.achieve.org/achieve-oer-rubrics),
// whose titles and levels it takes over; what the levels mean is in our own words. Languages: "en" and "es"; any other is
// answered in English.
func Achieve(lang string) Rubric {
	if r, ok := loadAchieve()[lang]; ok {
		return r
	}
	return loadAchieve()["en"]
}

package standards

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// The parts of a CFPackage that statements are made of. Servers differ in whether a value is a string, a number, a
// list or null; the types here take all of them.

type wirePackage struct {
	Document     wireDocument          `json:"CFDocument"`
	Items        wireItems             `json:"CFItems"`
	Associations list[wireAssociation] `json:"CFAssociations"`
	Definitions  wireDefinitions       `json:"CFDefinitions"`
	Rubrics      wireRubrics           `json:"CFRubrics"`
}

type wireDocument struct {
	wireIdentity
	Title     text     `json:"title"`
	Creator   text     `json:"creator"`
	Publisher text     `json:"publisher"`
	Version   text     `json:"version"`
	Status    text     `json:"adoptionStatus"`
	Language  text     `json:"language"`
	Subject   texts    `json:"subject"`
	License   wireNode `json:"licenseURI"`
	Changed   text     `json:"lastChangeDateTime"`
}

type wireItem struct {
	wireIdentity
	Code        text     `json:"humanCodingScheme"`
	Full        text     `json:"fullStatement"`
	Abbreviated text     `json:"abbreviatedStatement"`
	Alternative text     `json:"alternativeLabel"`
	Type        text     `json:"CFItemType"`
	TypeURI     wireNode `json:"CFItemTypeURI"`
	Notes       text     `json:"notes"`
	Language    text     `json:"language"`
	Grades      texts    `json:"educationLevel"`
	Subject     texts    `json:"subject"`
}

type wireAssociation struct {
	wireIdentity
	Type     text     `json:"associationType"`
	Origin   wireNode `json:"originNodeURI"`
	Target   wireNode `json:"destinationNodeURI"`
	Sequence text     `json:"sequenceNumber"`
	Grouping wireNode `json:"CFAssociationGroupingURI"`
}

// wireDefinitions is an object; servers without definitions send an empty array.
type wireDefinitions struct {
	Concepts  few[wireDefinition] `json:"CFConcepts"`
	Subjects  few[wireDefinition] `json:"CFSubjects"`
	Licenses  few[wireDefinition] `json:"CFLicenses"`
	ItemTypes few[wireDefinition] `json:"CFItemTypes"`
	Groupings few[wireDefinition] `json:"CFAssociationGroupings"`
}

func (w *wireDefinitions) UnmarshalJSON(b []byte) error {
	*w = wireDefinitions{}
	if b[0] != '{' {
		return nil
	}
	type plain wireDefinitions
	return json.Unmarshal(b, (*plain)(w))
}

type wireDefinition struct {
	wireIdentity
	Title       text `json:"title"`
	Description text `json:"description"`
	Hierarchy   text `json:"hierarchyCode"`
	TypeCode    text `json:"typeCode"`
	Keywords    text `json:"keywords"`
	Text        text `json:"licenseText"`
}

// wireRubrics are at most maxItems rubrics, criteria and levels together.
type wireRubrics []wireRubric

func (l *wireRubrics) UnmarshalJSON(b []byte) error {
	if bytes.Count(b, []byte("{")) > maxItems {
		return fmt.Errorf("there are more than %d rubrics, criteria and levels", maxItems)
	}
	return readList(b, maxFew, (*[]wireRubric)(l))
}

type wireRubric struct {
	wireIdentity
	Title       text               `json:"title"`
	Description text               `json:"description"`
	Criteria    few[wireCriterion] `json:"CFRubricCriteria"`
}

type wireCriterion struct {
	wireIdentity
	Category    text           `json:"category"`
	Description text           `json:"description"`
	Item        wireNode       `json:"CFItemURI"`
	Weight      text           `json:"weight"`
	Position    text           `json:"position"`
	Levels      few[wireLevel] `json:"CFRubricCriterionLevels"`
}

type wireLevel struct {
	wireIdentity
	Quality     text `json:"quality"`
	Description text `json:"description"`
	Feedback    text `json:"feedback"`
	Score       text `json:"score"`
	Position    text `json:"position"`
}

type wireIdentity struct {
	Identifier text `json:"identifier"`
	URI        text `json:"uri"`
}

func (w wireIdentity) key() string { return itemKey(w.Identifier, w.URI) }

// itemKey is the identifier as a GUID; where it is none, what stands there, or the URI.
func itemKey(identifier, uri text) string {
	if id := guid(string(identifier)); id != "" {
		return id
	}
	if id := strings.TrimSpace(string(identifier)); id != "" {
		return id
	}
	u := strings.TrimSpace(string(uri))
	if id := guid(u[strings.LastIndexByte(u, '/')+1:]); id != "" {
		return id
	}
	return u
}

func (w *wireItem) statement(f *Framework) Statement {
	label := w.Abbreviated
	if strings.TrimSpace(string(label)) == "" {
		label = w.Alternative
	}
	key := w.key()
	return Statement{
		Key: key, GUID: key, Framework: f.Name, Code: strings.TrimSpace(string(w.Code)),
		Label: strings.TrimSpace(string(label)), URI: w.URI.String(), Text: strings.TrimSpace(string(w.Full)),
		Type: w.Type.String(), Notes: strings.TrimSpace(string(w.Notes)), Language: string(w.Language), Grades: w.Grades, Subjects: w.Subject,
	}
}

// wireNode is a link: an object with identifier, uri and title, or the URI alone.
type wireNode struct {
	Identifier text `json:"identifier"`
	URI        text `json:"uri"`
	Title      text `json:"title"`
}

func (n *wireNode) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '{' {
		type plain wireNode
		return json.Unmarshal(b, (*plain)(n))
	}
	return json.Unmarshal(b, &n.URI)
}

// text is a string, also where the package has a number, a boolean, null, or a list of strings, of which it is the
// first.
type text string

func (t text) String() string { return strings.TrimSpace(string(t)) }

// Float64 is the number that the text is.
func (t text) Float64() (float64, error) { return json.Number(t.String()).Float64() }

func (t *text) UnmarshalJSON(b []byte) error {
	switch b[0] {
	case '"':
		return json.Unmarshal(b, (*string)(t))
	case '[', '{':
		var list texts
		if err := list.UnmarshalJSON(b); err != nil {
			return err
		}
		*t = ""
		if len(list) > 0 {
			*t = text(list[0])
		}
	case 'n':
		*t = ""
	default:
		*t = text(b)
	}
	return nil
}

// texts is a list of strings, also where the package has one string, null, or objects with a title.
type texts []string

func (t *texts) UnmarshalJSON(b []byte) error {
	*t = nil
	if bytes.Count(b, []byte(",")) > 100*maxTexts {
		return errTexts
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return err
	}
	several, ok := v.([]any)
	if !ok {
		several = []any{v}
	}
	if len(several) > maxTexts {
		return errTexts
	}
	for _, one := range several {
		if object, ok := one.(map[string]any); ok {
			one = object["title"]
		}
		switch one := one.(type) {
		case string:
			if s := strings.TrimSpace(one); s != "" {
				*t = append(*t, s)
			}
		case json.Number:
			*t = append(*t, one.String())
		case bool:
			*t = append(*t, strconv.FormatBool(one))
		}
	}
	return nil
}

var errTexts = fmt.Errorf("a field has more than %d values", maxTexts)

// list is an array of at most maxLinks elements, read one at a time so that a hostile package cannot make the reader
// hold more.
type list[T any] []T

func (l *list[T]) UnmarshalJSON(b []byte) error {
	return readList(b, maxLinks, (*[]T)(l))
}

// wireItems are at most maxItems items.
type wireItems []wireItem

func (l *wireItems) UnmarshalJSON(b []byte) error { return readList(b, maxItems, (*[]wireItem)(l)) }

// few is a list of at most maxFew elements.
type few[T any] []T

func (l *few[T]) UnmarshalJSON(b []byte) error { return readList(b, maxFew, (*[]T)(l)) }

// readList reads an array one element at a time. What is no array is an empty one.
func readList[T any](b []byte, most int, to *[]T) error {
	*to = nil
	if b[0] != '[' {
		return nil
	}
	return elements(b, most, func(d *json.Decoder) error {
		var one T
		if err := d.Decode(&one); err != nil {
			return err
		}
		*to = append(*to, one)
		return nil
	})
}

// elements calls decode for each element of an array.
func elements(b []byte, most int, decode func(*json.Decoder) error) error {
	d := json.NewDecoder(bytes.NewReader(b))
	if _, err := d.Token(); err != nil {
		return err
	}
	for n := 0; d.More(); n++ {
		if n == most {
			return fmt.Errorf("a list has more than %d elements", most)
		}
		if err := decode(d); err != nil {
			return err
		}
	}
	return nil
}

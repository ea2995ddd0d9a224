package standards_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var case10 = sync.OnceValue(func() map[string]any {
	raw, err := os.ReadFile("testdata/schema/case-1.0-cfpackage.schema.json")
	if err != nil {
		panic(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(raw, &schema); err != nil {
		panic(err)
	}
	return schema
})

// conforms asserts that a package is valid by the JSON Schema of CASE 1.0. The validator knows the keywords that the
// schema uses, and fails on any other.
func conforms(t testing.TB, raw []byte) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	require.NoError(t, d.Decode(&v))
	assert.Empty(t, validate(case10(), v, ""))
}

func validate(schema map[string]any, v any, at string) []string {
	var wrong []string
	fail := func(format string, args ...any) { wrong = append(wrong, at+": "+fmt.Sprintf(format, args...)) }
	for keyword, rule := range schema {
		switch keyword {
		case "definitions":
		case "$ref":
			name := strings.TrimPrefix(rule.(string), "#/definitions/")
			wrong = append(wrong, validate(case10()["definitions"].(map[string]any)[name].(map[string]any), v, at)...)
		case "type":
			types, several := rule.([]any)
			if !several {
				types = []any{rule}
			}
			if !slices.Contains(types, any(typeOf(v))) && !(typeOf(v) == "integer" && slices.Contains(types, any("number"))) {
				fail("%v is no %v", v, rule)
			}
		case "oneOf":
			n := 0
			for _, s := range rule.([]any) {
				if len(validate(s.(map[string]any), v, at)) == 0 {
					n++
				}
			}
			if n != 1 {
				fail("%d of the alternatives fit", n)
			}
		case "enum":
			if !slices.Contains(rule.([]any), v) {
				fail("%v is none of %v", v, rule)
			}
		case "pattern":
			if s, ok := v.(string); ok && !regexp.MustCompile(rule.(string)).MatchString(s) {
				fail("%q does not match %s", s, rule)
			}
		case "format":
			if s, ok := v.(string); ok && !formatted(rule.(string), s) {
				fail("%q is no %s", s, rule)
			}
		case "properties":
			if o, ok := v.(map[string]any); ok {
				for name, s := range rule.(map[string]any) {
					if member, there := o[name]; there {
						wrong = append(wrong, validate(s.(map[string]any), member, at+"/"+name)...)
					}
				}
			}
		case "required":
			for _, name := range rule.([]any) {
				if o, ok := v.(map[string]any); ok && o[name.(string)] == nil {
					fail("no %s", name)
				}
			}
		case "additionalProperties":
			if o, ok := v.(map[string]any); ok && rule == false {
				for name := range o {
					if schema["properties"].(map[string]any)[name] == nil {
						fail("unknown %s", name)
					}
				}
			}
		case "items":
			list, _ := v.([]any)
			for i, one := range list {
				wrong = append(wrong, validate(rule.(map[string]any), one, fmt.Sprintf("%s/%d", at, i))...)
			}
		case "minItems", "maxItems":
			if list, ok := v.([]any); ok && (keyword == "maxItems" && float64(len(list)) > rule.(float64) || keyword == "minItems" && float64(len(list)) < rule.(float64)) {
				fail("%d items", len(list))
			}
		default:
			fail("the schema has the keyword %s, which this validator does not know", keyword)
		}
	}
	return wrong
}

func typeOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case bool:
		return "boolean"
	case []any:
		return "array"
	case float64:
		return "number"
	case json.Number:
		if _, err := v.Int64(); err == nil {
			return "integer"
		}
		return "number"
	}
	return "object"
}

func formatted(format, s string) bool {
	switch format {
	case "uri":
		u, err := url.Parse(s)
		return err == nil && u.IsAbs()
	case "date-time":
		_, err := time.Parse(time.RFC3339, s)
		return err == nil
	case "date":
		_, err := time.Parse(time.DateOnly, s)
		return err == nil
	}
	return true
}

func TestTheSchemaValidatorFindsFaults(t *testing.T) {
	for _, in := range []string{
		`{}`, `{"CFDocument":{}}`, `{"CFDocument":1}`, `[]`,
		`{"CFDocument":{"identifier":"00ad38f9-c571-4da8-a8a4-5bee5c8f3b11","uri":"x:y","creator":"c","title":"t","lastChangeDateTime":"yesterday"}}`,
		`{"CFDocument":{"identifier":"12","uri":"x:y","creator":"c","title":"t","lastChangeDateTime":"2026-01-01T00:00:00Z"}}`,
		`{"CFDocument":{"identifier":"00ad38f9-c571-4da8-a8a4-5bee5c8f3b11","uri":"x:y","creator":"c","title":"t","lastChangeDateTime":"2026-01-01T00:00:00Z"},"CFAssociations":[{"associationType":"isStandardAlignedTo"}]}`,
	} {
		var v any
		require.NoError(t, json.Unmarshal([]byte(in), &v))
		assert.NotEmpty(t, validate(case10(), v, ""), in)
	}
}

package approval_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

const base = "https://state.example"

func TestAListAsAFile(t *testing.T) {
	t.Parallel()
	l := list(t, created(), added(1, "a1"), added(2, "a1", func(e *approval.Entry) { e.Title = "=cmd()" }), added(3, "a1"),
		accepted(1, "a2"), held(2, "a3"), about(approval.Withdrawn, 3))
	b, err := approval.Render(l, base, nil).JSON()
	require.NoError(t, err)
	again, err := approval.Render(l, base, nil).JSON()
	require.NoError(t, err)
	assert.Equal(t, b, again, "the same list gives the same bytes")
	f, err := approval.ReadFile(b)
	require.NoError(t, err)
	require.Len(t, f.Items, 3)
	first := f.Items[0]
	assert.Equal(t, l.Entries[0].Work, withoutZone(first.Item.Work()), "the work comes back")
	assert.Equal(t, []approval.FilePast{{Revision: hash("a1"), Tree: hash("ba1"), Decided: "2026-03-02T09:01:00Z"}}, first.Approval.Past)
	assert.Equal(t, hash("a3"), f.Items[1].Approval.Held)
	assert.Equal(t, approval.Ended, f.Items[2].Approval.Standing)
	assert.NotContains(t, string(b), `"authors"`, "who may not vote is nobody else's business")

	var ld map[string]any
	require.NoError(t, json.Unmarshal(b, &ld))
	assert.Equal(t, "ItemList", ld["@type"])
	assert.EqualValues(t, 3, ld["numberOfItems"])

	text, err := approval.Render(l, base, nil).CSV()
	require.NoError(t, err)
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 4)
	assert.Equal(t, "'=cmd()", rows[2][2], "no spreadsheet takes it for a formula")
}

func withoutZone(w approval.Work) approval.Work {
	w.Published = w.Published.UTC()
	return w
}

func TestADistrictAddsAndSubtracts(t *testing.T) {
	t.Parallel()
	state := approval.Render(list(t, created(), added(1, "a1"), added(2, "a1"), added(3, "a1")), base, nil)
	district := list(t, created(), following(approval.Followed, upstream(3, "1")), about(approval.Excluded, 2), added(3, "a2"), added(9, "a1"))
	f := approval.Render(district, "https://district.example", &state)
	var got []string
	for _, it := range f.Items {
		got = append(got, it.Item.Name+" "+it.Item.Revision[37:]+" "+it.Approval.List)
	}
	assert.Equal(t, []string{"Lesson 3 0a2 ", "Lesson 9 0a1 ", "Lesson 1 0a1 https://state.example/lists/math"}, got)
	assert.Equal(t, []string{work(2, "a1").Identifier}, f.Based.Excluded)
	b, err := f.JSON()
	require.NoError(t, err)
	_, err = approval.ReadFile(b)
	require.NoError(t, err)
}

func TestAFileOfSomebodyElseIsRead(t *testing.T) {
	t.Parallel()
	whole, err := approval.Render(list(t, created(), added(1, "a1")), base, nil).JSON()
	require.NoError(t, err)
	for _, c := range []struct{ name, old, new, code string }{
		{"another format", `"commonplaceList": 1`, `"commonplaceList": 2`, "format"},
		{"half a revision", hash("a1"), "a1", "work"},
		{"a script for an address", `"url": "https://state.example/r`, `"url": "javascript:x//r`, "url"},
		{"an unknown standing", `"standing": "approved"`, `"standing": "great"`, "standing"},
		{"no JSON", `"@type"`, `@type`, "json"},
		{"a name that leaves the folder", `"identifier": "math"`, `"identifier": "../math"`, "id"},
	} {
		changed := strings.Replace(string(whole), c.old, c.new, 1)
		require.NotEqual(t, string(whole), changed, c.name)
		_, err := approval.ReadFile([]byte(changed))
		require.ErrorIs(t, err, kind.ErrInvalid, c.name)
		assert.Equal(t, c.code, approval.Code(err), c.name)
	}
}

func TestWhatAnApprovalInAFileIsWorth(t *testing.T) {
	t.Parallel()
	a := approval.FileApproval{Standing: approval.Stands, Expires: "2026-06-30"}
	assert.Equal(t, approval.Stands, a.At(time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)))
	assert.Equal(t, approval.Expired, a.At(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)))
	a.Standing = approval.Ended
	assert.Equal(t, approval.Ended, a.At(time.Date(2027, 7, 1, 0, 0, 0, 0, time.UTC)))
}

func FuzzReadFile(f *testing.F) {
	l := list(f, created(), added(1, "a1"), accepted(1, "a2"))
	b, err := approval.Render(l, base, nil).JSON()
	require.NoError(f, err)
	f.Add(b)
	f.Add([]byte(`{"commonplaceList":1,"version":1,"@id":"http://x","name":"x","identifier":"x","itemListElement":[{}]}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		file, err := approval.ReadFile(src)
		if err != nil {
			return
		}
		b, err := file.JSON()
		require.NoError(t, err)
		_, err = approval.ReadFile(b)
		require.NoError(t, err, "what was read can be written and read again")
		_, err = file.CSV()
		require.NoError(t, err)
	})
}

func TestNoCellIsAFormula(t *testing.T) {
	for _, cell := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\n=1", " =1+1", "\u00a0=1", "＝1+1", "＠x"} {
		assert.Equal(t, []string{"'" + cell}, approval.Harmless([]string{cell}), "%q", cell)
	}
	for _, cell := range []string{"", " ", "5-2", "Año", "½", "=x"[1:]} {
		assert.Equal(t, []string{cell}, approval.Harmless([]string{cell}), "%q", cell)
	}
}

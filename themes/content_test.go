package themes

import (
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func content(t *testing.T, page string, f Frame, view any) [32]byte {
	t.Helper()
	hash, ok := opened(t, Default).Content(page, f, view)
	require.True(t, ok, "%s: %T", page, view)
	return hash
}

// TestContentTellsPagesApart changes each part of each sample and of the frame, one at a time. What is inside of samples is
// shared by those who ask for them, so that no other test may look at them meanwhile.
func TestContentTellsPagesApart(t *testing.T) {
	views := samples()
	for _, name := range slices.Sorted(maps.Keys(views)) {
		view := reflect.New(reflect.TypeOf(views[name])).Elem()
		view.Set(reflect.ValueOf(views[name]))
		itself := content(t, name, Frame{Language: "en"}, views[name])
		change(view, name, func(what string) {
			assert.NotEqual(t, itself, content(t, name, Frame{Language: "en"}, view.Interface()), what)
		})
		assert.Equal(t, itself, content(t, name, Frame{Language: "en"}, view.Interface()))
	}
	f := Frame{Preview: &Preview{}, Trouble: []Stale{{Problems: []Problem{{}}}}, Offered: []Option{{}}, Alternate: []Alternate{{}}, Styles: []string{""}}
	itself := content(t, "x", f, Search{})
	change(reflect.ValueOf(&f).Elem(), "Frame", func(what string) { assert.NotEqual(t, itself, content(t, "x", f, Search{}), what) })
	assert.NotEqual(t, content(t, "x", Frame{Path: "\xff"}, Search{}), content(t, "x", Frame{Path: "\xfe"}, Search{}))
	assert.NotEqual(t, content(t, "search", f, Search{}), content(t, "home", f, Search{}))
}

// change gives each part of a value another one, tells, and gives it its own back.
func change(v reflect.Value, of string, changed func(string)) {
	old := reflect.New(v.Type()).Elem()
	old.Set(v)
	defer v.Set(old)
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "x")
		changed(of)
	case reflect.Bool:
		v.SetBool(!v.Bool())
		changed(of)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(v.Int() + 1)
		changed(of)
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
			changed(of)
			return
		}
		change(v.Elem(), of, changed)
		v.SetZero()
		changed(of + " without")
	case reflect.Slice:
		for i := range min(v.Len(), 1) { // the others are like the first
			change(v.Index(i), of, changed)
		}
		v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
		changed(of + " and one more")
	case reflect.Array:
		for i := range v.Len() {
			change(v.Index(i), of, changed)
		}
	case reflect.Struct:
		if v.Type() == timeType {
			v.Set(reflect.ValueOf(v.Interface().(time.Time).Add(time.Nanosecond)))
			changed(of)
			return
		}
		for i := range v.NumField() {
			change(v.Field(i), of+"."+v.Type().Field(i).Name, changed)
		}
	}
}

// TestSamplesAreOneCallersOwn: tests that run beside one another change theirs.
func TestSamplesAreOneCallersOwn(t *testing.T) {
	t.Parallel()
	views, others := samples(), samples()
	for name := range views {
		apart(t, name, reflect.ValueOf(views[name]), reflect.ValueOf(others[name]))
	}
}

// apart holds that nothing that one value points to can be changed through the other.
func apart(t *testing.T, of string, a, b reflect.Value) {
	t.Helper()
	switch a.Kind() {
	case reflect.Pointer:
		if !a.IsNil() {
			assert.NotEqual(t, a.Pointer(), b.Pointer(), of)
			apart(t, of, a.Elem(), b.Elem())
		}
	case reflect.Slice:
		if a.Len() > 0 {
			assert.NotEqual(t, a.Pointer(), b.Pointer(), of)
		}
		for i := range a.Len() {
			apart(t, of, a.Index(i), b.Index(i))
		}
	case reflect.Array:
		for i := range a.Len() {
			apart(t, of, a.Index(i), b.Index(i))
		}
	case reflect.Struct:
		if a.Type() == timeType {
			return
		}
		for i := range a.NumField() {
			apart(t, of+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i))
		}
	}
}

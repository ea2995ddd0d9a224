package themes

import (
	"crypto/sha256"
	"encoding/binary"
	"reflect"
	"time"
)

// Content is a hash of all that a page shows: of two pages of a theme with the same, the bytes are the same. It reports false
// for a view with something in it that it does not know.
func (t *Theme) Content(page string, f Frame, view any) (hash [sha256.Size]byte, ok bool) {
	buffer := t.buffer()
	defer t.buffers.Put(buffer)
	b := buffer.AvailableBuffer()
	for _, v := range []any{page, f, view} {
		if b, ok = appendContent(b, reflect.ValueOf(v)); !ok {
			return hash, false
		}
	}
	_, _ = buffer.Write(b) // has the buffer keep the room; a buffer in memory takes all
	return sha256.Sum256(b), true
}

var timeType = reflect.TypeFor[time.Time]()

// appendContent appends a value so that another one of the same type is appended otherwise, and begins otherwise.
func appendContent(b []byte, v reflect.Value) (_ []byte, ok bool) {
	switch v.Kind() {
	case reflect.String:
		b = binary.AppendUvarint(b, uint64(v.Len()))
		return append(b, v.String()...), true
	case reflect.Bool:
		if v.Bool() {
			return append(b, 1), true
		}
		return append(b, 0), true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return binary.AppendVarint(b, v.Int()), true
	case reflect.Pointer:
		if v.IsNil() {
			return append(b, 0), true
		}
		return appendContent(append(b, 1), v.Elem())
	case reflect.Slice, reflect.Array:
		b = binary.AppendUvarint(b, uint64(v.Len()))
		for i := range v.Len() {
			if b, ok = appendContent(b, v.Index(i)); !ok {
				return b, false
			}
		}
		return b, true
	case reflect.Struct:
		if v.Type() == timeType && v.CanInterface() {
			t := v.Interface().(time.Time)
			b = append(t.AppendFormat(b, time.RFC3339Nano), t.Location().String()...)
			return append(b, 0), true
		}
		for i := range v.NumField() {
			if b, ok = appendContent(b, v.Field(i)); !ok {
				return b, false
			}
		}
		return b, true
	}
	return b, false
}

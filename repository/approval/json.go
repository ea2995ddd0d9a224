package approval

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// strictly decodes one JSON value and nothing after it.
func strictly(src []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(src))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("it goes on after its value")
	}
	return nil
}

// lenient decodes what a newer server of our kind may have written, with fields that are not known yet.
func lenient(src []byte, v any) error { return json.Unmarshal(src, v) }

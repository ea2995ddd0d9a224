package approval

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// MaxFile bounds a list as a file, in bytes.
const MaxFile = 128 << 20

// MaxForeign bounds, in bytes, a list that comes from another server.
const MaxForeign = 64 << 20

// maxHead bounds, in bytes, what a file says beside its entries.
const maxHead = 8 << 20

// ReadFile reads and checks a list that somebody else wrote.
func ReadFile(src []byte) (File, error) {
	if len(src) > MaxFile {
		return File{}, malformed("too-long", "the list has %d bytes, and %d are allowed", len(src), MaxFile)
	}
	f, _, err := ReadFrom(bytes.NewReader(src), MaxFile, MaxEntries, nil)
	return f, err
}

// Sums are what the bytes of a file amount to.
type Sums struct {
	Bytes  int64
	SHA256 string            // in hexadecimal
	SHA512 [sha512.Size]byte // what VerifySum takes
}

// ReadFrom reads and checks a list that somebody else wrote while it comes, at most so many bytes and entries. An entry goes
// through each, where that is given, before it is held; the bytes themselves are not. Nothing of what it answers is to be
// believed before VerifySum has seen the sums, which are right where there is an error too, unless it is too long.
func ReadFrom(r io.Reader, most int64, entries int, each func(FileItem) FileItem) (f File, sums Sums, err error) {
	short, long := sha256.New(), sha512.New()
	left := &io.LimitedReader{R: r, N: most + 1}
	hashed := io.TeeReader(left, io.MultiWriter(short, long))
	x := fileReader{dec: json.NewDecoder(hashed), entries: min(entries, MaxEntries), each: each, items: []FileItem{}}
	if f, err = x.read(); err != nil {
		f = File{}
		if _, rest := io.Copy(io.Discard, hashed); rest != nil {
			return f, sums, rest
		}
	}
	if left.N <= 0 {
		return File{}, sums, malformed("too-long", "the list has more than %d bytes", most)
	}
	sums.Bytes, sums.SHA256 = most+1-left.N, hex.EncodeToString(short.Sum(nil))
	long.Sum(sums.SHA512[:0])
	return f, sums, err
}

// fileReader reads a File token by token.
type fileReader struct {
	dec     *json.Decoder
	entries int
	each    func(FileItem) FileItem
	items   []FileItem
}

func (x *fileReader) read() (f File, err error) {
	if err := x.expect('{'); err != nil {
		return f, err
	}
	head, begun := []byte{'{'}, false
	for x.dec.More() {
		name, err := x.dec.Token()
		if err != nil {
			return f, unreadable(err)
		}
		if name == "itemListElement" {
			if begun {
				return f, malformed("json", "the list has its entries twice")
			}
			begun = true
			if err := x.list(); err != nil {
				return f, err
			}
			continue
		}
		var value json.RawMessage
		if err := x.dec.Decode(&value); err != nil {
			return f, unreadable(err)
		}
		key, err := json.Marshal(name)
		if err != nil {
			return f, unreadable(err)
		}
		if len(head) > 1 {
			head = append(head, ',')
		}
		head = append(append(append(head, key...), ':'), value...)
		if len(head) > maxHead {
			return f, malformed("too-long", "what the list says of itself has more than %d bytes", maxHead)
		}
	}
	if err := x.expect('}'); err != nil {
		return f, err
	}
	if _, err := x.dec.Token(); !errors.Is(err, io.EOF) {
		return f, malformed("json", "the list goes on after its end")
	}
	if err := json.Unmarshal(append(head, '}'), &f); err != nil {
		return File{}, unreadable(err)
	}
	f.Items = x.items
	return f, f.check()
}

// list reads the entries.
func (x *fileReader) list() error {
	if err := x.expect('['); err != nil {
		return err
	}
	seen := map[string]bool{}
	for x.dec.More() {
		var it FileItem
		if err := x.dec.Decode(&it); err != nil {
			return unreadable(err)
		}
		n := len(x.items) + 1
		if n > x.entries {
			return malformed("too-long", "the list has more than %d entries", x.entries)
		}
		if err := it.check(); err != nil {
			return fmt.Errorf("entry %d: %w", n, err)
		}
		if seen[it.Item.Identifier] {
			return fmt.Errorf("entry %d: %w", n, malformed("twice", "%s is on the list twice", it.Item.Identifier))
		}
		seen[it.Item.Identifier] = true
		if x.each != nil {
			it = x.each(it)
		}
		x.items = append(x.items, it)
	}
	return x.expect(']')
}

func (x *fileReader) expect(d json.Delim) error {
	t, err := x.dec.Token()
	if err != nil {
		return unreadable(err)
	}
	if t != d {
		return malformed("json", "the list cannot be read: %.20q stands where %s should", fmt.Sprint(t), d)
	}
	return nil
}

func unreadable(err error) error { return malformed("json", "the list cannot be read: %v", err) }

// check says what is wrong with all but the entries.
func (f File) check() error {
	switch {
	case f.Format != Format:
		return malformed("format", "the list is of format %d, and %d is understood: it is no list of a Commonplace server, or of a newer one", f.Format, Format)
	case f.Version < 1:
		return malformed("version", "versions of a list count from 1")
	case f.ID == "" || strings.TrimSpace(f.Name) == "":
		return malformed("title", "the list has no address or no name")
	}
	if err := CheckID(f.Identifier); err != nil {
		return err
	}
	for _, err := range []error{
		checkURL("the list's address", f.ID), checkText("the name", f.Name, maxTitle), checkText("the description", f.Description, maxText),
		checkText("the board", f.Publisher.Name, maxTitle), checkText("the date", f.Modified, maxName),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func (it FileItem) check() error {
	if err := it.Item.Work().check(); err != nil {
		return err
	}
	a := it.Approval
	switch a.Standing {
	case Stands, Conditional, Ended:
	default:
		return malformed("standing", "the approval of %s is %.40q, which is not known", it.Item.Name, a.Standing)
	}
	if a.Expires != "" {
		if _, err := time.Parse(time.DateOnly, a.Expires); err != nil {
			return malformed("expires", "the last day of %s, %.40q, is no date", it.Item.Name, a.Expires)
		}
	}
	if len(a.Scores) > maxCriteria || len(a.Past) > 1000 {
		return malformed("too-long", "the approval of %s is too long", it.Item.Name)
	}
	for _, err := range []error{
		checkText("the board", a.By, maxTitle), checkText("the date", a.Decided, maxName), checkText("the conditions", a.Conditions, maxText),
		checkText("the note", a.Note, maxText), checkText("the reason", a.Reason, maxText), checkURL("the list", a.List), checkFindings(a.Findings),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// Work is the pinned revision as entries have it.
func (w FileWork) Work() Work {
	published, _ := time.Parse(time.RFC3339, w.Published)
	return Work{
		ID: strings.TrimPrefix(w.ID, "urn:uuid:"), Identifier: w.Identifier, Title: w.Name, URL: w.URL, Git: w.Git, Path: w.Path,
		Revision: w.Revision, Tree: w.Tree, Version: w.Version, License: w.SPDX, Language: w.Language, Subjects: w.Subjects,
		Grades: w.Grades, Published: published,
	}
}

package blob

import (
	"context"
	"errors"
	"io"
	"iter"
)

// Folder is a store in a folder of this machine.
type Folder struct{ root string }

// OpenFolder opens the folder at root, and makes it where it does not exist.
func OpenFolder(root string) (*Folder, error) { return &Folder{root: root}, nil }

var errSoon = errors.New("not yet")

// Get implements Store.
func (f *Folder) Get(context.Context, string, GetOptions) (*Object, error) { return nil, errSoon }

// Put implements Store.
func (f *Folder) Put(context.Context, string, io.ReadSeeker, Condition) (Tag, error) {
	return "", errSoon
}

// Delete implements Store.
func (f *Folder) Delete(context.Context, string) error { return errSoon }

// List implements Store.
func (f *Folder) List(context.Context, string) iter.Seq2[Info, error] { return nil }

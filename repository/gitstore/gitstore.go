// Package gitstore keeps repositories as git packs in a blob store.
//
// Two kinds of blob are all there is:
//
//	f/<family>/p/<pack>                 one immutable pack with its index, written once under a key of its own
//	f/<family>/r/<repository>/manifest  refs, HEAD, the packs that they need, a record, a transaction id
//
// A family is a resource and all its remixes on this server. They share packs, so a remix is one small manifest and copies
// nothing. Replacing the manifest on the condition that it is still the one that was read is the commit point of every
// change: before it nothing is visible, after it everything is. What dies in between leaves at most a pack that no manifest
// lists.
//
// No other package imports go-git.
package gitstore

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"time"
)

// Hash is the id of a git object: 40 hexadecimal digits in lower case.
type Hash = string

// Location says where a repository is kept. Both ids are of a–z, 0–9 and "-", such as UUIDs.
type Location struct {
	Family     string
	Repository string
}

// File is one file of a tree to be saved.
type File struct {
	Data       []byte
	Executable bool
}

// PackRef names a pack of the repository's family.
type PackRef struct {
	ID      string `json:"id"`
	Size    int64  `json:"size"`    // bytes of the pack
	Index   int64  `json:"index"`   // bytes of its index as it is stored after it
	Objects int    `json:"objects"` // number of objects in it
}

// Manifest is the whole state of one repository. What Open answers is shared: do not change it.
type Manifest struct {
	Version int             `json:"version"`          // of the format: 1
	Refs    map[string]Hash `json:"refs"`             // full names, such as refs/heads/main
	Head    string          `json:"head"`             // the ref that HEAD stands for
	Packs   []PackRef       `json:"packs"`            // oldest first
	Shared  int             `json:"shared,omitempty"` // so many of the first packs are those of the source of a remix
	Closed  bool            `json:"closed"`           // every object of the packs is reachable from the refs
	Txn     string          `json:"txn"`              // the transaction that wrote it
	Before  []string        `json:"before,omitempty"` // transactions before that, newest first, a few
	Erased  string          `json:"erased,omitempty"` // version of the list of what was erased from the family; "" for none
	Record  json.RawMessage `json:"record,omitempty"` // belongs to package repository
}

// Options configure a Store. The zero value works.
type Options struct {
	CacheDir   string           // keeps packs of a remote blob store on disk, and is this store's alone; "" keeps them in memory
	CacheBytes int64            // bound of that cache; 0 means 1 GB on disk, 64 MB in memory
	Now        func() time.Time // nil means time.Now
	Grace      time.Duration    // how long Sweep leaves a pack that no manifest lists; 0 means 24 hours. The same on every server
	Logger     *slog.Logger     // nil discards
	Limits     Limits
}

// Limits bound what is taken in. A zero field means its default.
type Limits struct {
	Files     int   // files in one saved tree; 20,000
	FileBytes int64 // bytes of one object, such as a file; 256 MB
	TreeBytes int64 // bytes of all files of one saved tree; 1 GB
	PackBytes int64 // bytes of one fetched pack; 1 GB
	Objects   int   // objects in one fetched pack; 500,000
	Inflated  int64 // bytes of all objects of one fetched pack, inflated; 8 GB
}

// Remote is another server's git address.
type Remote struct {
	URL      string       // http or https
	Client   *http.Client // guards which addresses may be reached; required
	MaxBytes int64        // bytes received in all; 0 means Limits.PackBytes
}

// Save is one new commit and the move of one ref to it.
type Save struct {
	// Base is the view that the save builds on: the repository itself, or for a remix its source, which must be of the
	// same family. Its packs are shared. nil starts a family.
	Base *Repository
	Ref  string // such as refs/heads/main
	Old  Hash   // what Ref must be now; "" means that it must not exist
	// Parents of the commit, all within Base.
	Parents []Hash
	// Tree is the whole new tree, by slash-separated paths. nil means the first parent's tree with Edits.
	Tree map[string]File
	// Edits change single files of the first parent's tree: nil deletes. Only where Tree is nil.
	Edits   map[string]*File
	Author  string // "" is written as "unknown"
	Email   string
	Message string
	When    time.Time       // to the second, kept in UTC
	Record  json.RawMessage // nil keeps the repository's record
	Txn     string          // names this save when it is tried again; "" makes one
}

// Commit is one revision.
type Commit struct {
	Hash        Hash
	Parents     []Hash
	Tree        Hash
	Author      string
	AuthorEmail string
	When        time.Time // of the author
	Message     string
}

// ChangeKind says what happened to a file.
type ChangeKind string

// What may happen to a file between two revisions.
const (
	Added    ChangeKind = "added"
	Modified ChangeKind = "modified"
	Deleted  ChangeKind = "deleted"
)

// Change is one file that differs between two revisions.
type Change struct {
	Path string
	Kind ChangeKind
}

// Listed is a repository found in the bucket.
type Listed struct {
	Location Location
	Tag      string // of its manifest
}

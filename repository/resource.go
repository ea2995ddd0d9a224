package repository

import (
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// ID is the UUID of a resource, in lower case with hyphens. It never changes and is never given twice.
type ID string

// Revision is the id of a git commit: 40 hexadecimal digits.
type Revision = gitstore.Hash

// Address is where people find a resource of this server: /r/{owner}/{slug} and, for a part of a unit, /{part}.
type Address struct {
	Owner string `json:"owner"`
	Slug  string `json:"slug"`
	Part  string `json:"part,omitempty"` // folder inside the repository, slash-separated; "" for its root
}

// String renders the address as owner/slug or owner/slug/part.
func (a Address) String() string {
	return strings.TrimSuffix(a.Owner+"/"+a.Slug+"/"+a.Part, "/")
}

// Root is the address of the repository that the resource lives in.
func (a Address) Root() Address { return Address{Owner: a.Owner, Slug: a.Slug} }

// Resource is what the catalog knows of one resource at its newest published revision: one of this server's own, or one
// harvested from a peer.
type Resource struct {
	ID         ID                `json:"id"`
	Identifier string            `json:"identifier"`           // OAI identifier, of the origin where harvested
	Repository ID                `json:"repository,omitempty"` // the root resource's id; empty for harvested ones
	Family     string            `json:"family,omitempty"`
	Address    Address           `json:"address,omitzero"` // zero for harvested ones
	Revision   Revision          `json:"revision,omitempty"`
	Metadata   metadata.Metadata `json:"metadata"`       // with what a part inherits from its unit
	License    licensing.ID      `json:"license"`        // normalized; "" is "not cleared"
	Text       string            `json:"text,omitempty"` // the plain text of the body, for the index and excerpts
	Size       int64             `json:"size,omitempty"` // bytes of all files

	// Access is what is known of who can use it: of own ones what their text tells, of harvested ones what they came with.
	Access metadata.Accessibility `json:"access,omitzero"`

	Parts     []ID              `json:"parts,omitempty"`    // of a unit, in its order
	Unit      ID                `json:"unit,omitempty"`     // of a part: the resource that it is a part of
	Origin    *Origin           `json:"origin,omitempty"`   // nil for this server's own
	Released  *metadata.Edition `json:"released,omitempty"` // the newest release, of a part its unit's; nil: there is none
	Published time.Time         `json:"published"`          // first revision
	Modified  time.Time         `json:"modified"`           // newest revision
	Deleted   bool              `json:"deleted,omitempty"`  // a tombstone: metadata is what it last was
	Datestamp time.Time         `json:"datestamp,omitzero"` // given by the catalog, UTC, whole seconds
	Seq       int64             `json:"seq,omitempty"`      // number of its newest change, given by the catalog
}

// Own reports whether the resource lives on this server.
func (r Resource) Own() bool { return r.Origin == nil }

// Origin is where a harvested resource came from.
type Origin struct {
	Peer      string    `json:"peer"`          // the peer's name here
	URL       string    `json:"url,omitempty"` // the resource's page at its home
	Git       string    `json:"git,omitempty"` // address for git clone, where the peer offers one
	Path      string    `json:"path,omitempty"`
	Datestamp time.Time `json:"datestamp,omitzero"` // the peer's
	Harvested time.Time `json:"harvested,omitzero"`
}

package approval

import "time"

// Seen is an approval as it is shown beside a resource: on which list, by whom, and which revision.
type Seen struct {
	List  string // title
	Board string // whose decision it is
	URL   string // of the list
	Slug  string // of a list of this server; "" for one of another
	Peer  string // title of the peer whose list it is; "" for this server
	Item  FileItem
}

// RefusedKey is a key that the lists of a peer are signed with, and that was not taken.
type RefusedKey struct {
	Key    string    `json:"key"` // as AuthorizedKey writes it
	At     time.Time `json:"at"`
	Before string    `json:"-"` // the one that is trusted
}

// Signed is a list as it is published: its bytes in each form, with the signature of the JSON.
type Signed struct {
	File      File
	JSON      []byte
	Signature []byte
	CSV       []byte
	SHA256    string // of the JSON, in hexadecimal
	Finder    *Finder
}

// Index is what a server says of all its lists, at /lists.json.
type Index struct {
	Format    int         `json:"commonplaceLists"`
	Name      string      `json:"name"`
	Principal string      `json:"principal"` // whom ssh-keygen -Y verify -I is to name
	Key       string      `json:"key"`       // as AuthorizedKey writes it
	Lists     []IndexItem `json:"lists"`
}

// IndexItem is one list of an Index.
type IndexItem struct {
	URL      string `json:"url"` // without extension
	Slug     string `json:"slug"`
	Title    string `json:"title"`
	Board    string `json:"board"`
	Version  int    `json:"version"`
	Modified string `json:"modified"`
	Entries  int    `json:"entries"`
	SHA256   string `json:"sha256"` // of the JSON

	Peer string `json:"-"` // name of the peer that it was harvested from
}

// Set is the name of what is on the list, in searches and for harvesters: its slug, after the peer's name if it is of one.
func (x IndexItem) Set() string {
	if x.Peer == "" {
		return x.Slug
	}
	return x.Peer + "/" + x.Slug
}

// MaxIndex bounds an Index, in bytes.
const MaxIndex = 4 << 20

// ReadIndex reads what another server says of its lists.
func ReadIndex(src []byte) (Index, error) {
	var x Index
	if len(src) > MaxIndex {
		return x, malformed("too-long", "the list of lists has %d bytes, and %d are allowed", len(src), MaxIndex)
	}
	if err := lenient(src, &x); err != nil {
		return Index{}, malformed("json", "the list of lists cannot be read: %v", err)
	}
	if x.Format != Format {
		return Index{}, malformed("format", "the list of lists is of format %d, and %d is understood", x.Format, Format)
	}
	if _, err := ParseAuthorizedKey(x.Key); err != nil {
		return Index{}, err
	}
	for _, l := range x.Lists {
		for _, err := range []error{
			CheckID(l.Slug), checkURL("the list's address", l.URL), checkText("the title", l.Title, maxTitle), checkText("the board", l.Board, maxTitle),
		} {
			if err != nil {
				return Index{}, err
			}
		}
		if len(l.SHA256) != 64 || l.URL == "" {
			return Index{}, malformed("sha256", "the list %s has no hash or address", l.Slug)
		}
	}
	return x, nil
}

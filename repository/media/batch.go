package media

import "time"

// Words of the git LFS batch API (git-lfs docs/api/batch.md).
const (
	Basic    = "basic"  // the one way of transfer here: plain HTTP
	HashAlgo = "sha256" // of object ids
)

// BatchRequest asks how to transfer objects.
type BatchRequest struct {
	Operation string    `json:"operation"`           // upload or download
	Transfers []string  `json:"transfers,omitempty"` // none means basic
	Objects   []Object  `json:"objects"`
	HashAlgo  string    `json:"hash_algo,omitempty"` // none means sha256
	Ref       *BatchRef `json:"ref,omitempty"`
}

// BatchRef is the branch that the objects belong to.
type BatchRef struct {
	Name string `json:"name"`
}

// BatchAnswer says how.
type BatchAnswer struct {
	Transfer string   `json:"transfer"`
	Objects  []Object `json:"objects"`
	HashAlgo string   `json:"hash_algo"`
}

// Object is one file in a question or an answer. An answer has actions, an error, or for an upload neither: it is there.
type Object struct {
	OID           OID               `json:"oid"`
	Size          int64             `json:"size"`
	Authenticated bool              `json:"authenticated,omitempty"` // the addresses need no credentials
	Actions       map[string]Action `json:"actions,omitempty"`       // upload, verify, download
	Error         *ObjectError      `json:"error,omitempty"`
}

// Action is a request to make.
type Action struct {
	Href      string            `json:"href"`
	Header    map[string]string `json:"header,omitempty"`
	ExpiresAt time.Time         `json:"expires_at,omitzero"`
}

// ObjectError says why one object cannot be transferred.
type ObjectError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// Action is the address as the batch API gives it.
func (a Address) Action() Action { return Action{Href: a.URL, Header: a.Header, ExpiresAt: a.Expires} }

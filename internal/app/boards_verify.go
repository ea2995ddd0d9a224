package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"

	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// PinProblem is an entry of a list whose pinned revision is not what its repository serves.
type PinProblem struct {
	Position   int    `json:"position"`
	Identifier string `json:"identifier"`
	Title      string `json:"title"`
	Revision   string `json:"revision"`
	Problem    string `json:"problem"`
}

func (p PinProblem) String() string {
	return fmt.Sprintf("entry %d, %s (%s) at %s: %s", p.Position, p.Title, p.Identifier, short(p.Revision), p.Problem)
}

func short(revision string) string { return revision[:min(len(revision), 12)] }

// Verifying is how the revisions of a list are verified. Zero fields take their default.
type Verifying struct {
	Client   *http.Client          // required
	Bytes    int64                 // that are received in all; 4 GB
	Report   func(PinProblem)      // is told what is wrong; required
	Progress func(done, total int) // none
}

// maxVerified is the default of Verifying.Bytes.
const maxVerified = 4 << 30

// perRevision bounds one revision that is verified, so that no repository takes what is meant for all.
var perRevision = gitstore.Limits{PackBytes: 256 << 20, FileBytes: 256 << 20, Inflated: 2 << 30}

// VerifyPins fetches every revision that a list pins from where the list says that it is, checks each object of it by its
// hash, and compares the tree with the pinned one. Entries that are withdrawn are left out. It reports what is wrong, and
// returns how many were compared. One revision at a time lies in a temporary folder.
func VerifyPins(ctx context.Context, f approval.File, o Verifying) (compared int, err error) {
	m := &metered{next: o.Client.Transport}
	if m.next == nil {
		m.next = http.DefaultTransport
	}
	m.left.Store(cmp.Or(o.Bytes, maxVerified))
	client := *o.Client
	client.Transport = m
	progress := func(done int) {
		if o.Progress != nil {
			o.Progress(done, len(f.Items))
		}
	}
	for i, it := range f.Items {
		progress(i)
		if it.Approval.Standing == approval.Ended {
			continue
		}
		problem, err := verifyPin(ctx, &client, it.Item)
		switch {
		case m.left.Load() < 0:
			return compared, fmt.Errorf("entry %d: %w: %d bytes were received, and no more are allowed", i+1, kind.ErrInvalid, cmp.Or(o.Bytes, maxVerified))
		case ctx.Err() != nil:
			return compared, ctx.Err()
		case err != nil:
			return compared, err
		}
		compared++
		if problem != "" {
			o.Report(PinProblem{Position: i + 1, Identifier: it.Item.Identifier, Title: it.Item.Name, Revision: it.Item.Revision, Problem: problem})
		}
	}
	progress(len(f.Items))
	return compared, nil
}

// verifyPin says what is wrong with one; "" for nothing. An error is this machine's.
func verifyPin(ctx context.Context, client *http.Client, w approval.FileWork) (problem string, err error) {
	if w.Git == "" {
		return "the list names no repository to compare it with", nil
	}
	folder, err := os.MkdirTemp("", "verify-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	blobs, err := blob.OpenFolder(folder)
	if err != nil {
		return "", err
	}
	store := gitstore.New(blobs, gitstore.Options{Limits: perRevision})
	tree, err := treeAt(ctx, store, gitstore.Remote{URL: w.Git, Client: client, MaxBytes: perRevision.PackBytes}, w.Revision)
	switch {
	case errors.Is(err, kind.ErrNotFound):
		return "the repository does not serve this revision", nil
	case err != nil:
		return "the repository does not serve this revision whole: " + oneLine(err), nil
	case tree != w.Tree:
		return "the revision has the tree " + short(tree) + ", and the list pins " + short(w.Tree), nil
	}
	return "", nil
}

// metered is a transport that ends what comes once so many bytes have come, whatever they are asked for.
type metered struct {
	next http.RoundTripper
	left atomic.Int64
}

// RoundTrip implements http.RoundTripper.
func (m *metered) RoundTrip(r *http.Request) (*http.Response, error) {
	if m.left.Load() < 0 {
		return nil, errSpent
	}
	resp, err := m.next.RoundTrip(r)
	if err == nil {
		resp.Body = meteredBody{resp.Body, m}
	}
	return resp, err
}

var errSpent = errors.New("more bytes than are allowed in all")

type meteredBody struct {
	io.ReadCloser
	m *metered
}

// Read implements io.Reader.
func (b meteredBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.m.left.Add(-int64(n)) < 0 {
		return 0, errSpent
	}
	return n, err
}

func oneLine(err error) string {
	first, _, _ := strings.Cut(err.Error(), "\n")
	return first
}

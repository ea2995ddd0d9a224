package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/approval"
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

// VerifyPins fetches every revision that a list pins from where the list says that it is, checks each object of it by its
// hash, and compares the tree with the pinned one. Entries that are withdrawn are left out. It reports what is wrong, and
// returns how many were compared.
func VerifyPins(ctx context.Context, client *http.Client, f approval.File, report func(PinProblem), progress func(done, total int)) (int, error) {
	compared := 0
	for i, it := range f.Items {
		if progress != nil {
			progress(i, len(f.Items))
		}
		if it.Approval.Standing == approval.Ended {
			continue
		}
		if err := ctx.Err(); err != nil {
			return compared, err
		}
		compared++
		if problem := verifyPin(ctx, client, it.Item); problem != "" {
			report(PinProblem{Position: i + 1, Identifier: it.Item.Identifier, Title: it.Item.Name, Revision: it.Item.Revision, Problem: problem})
		}
	}
	if progress != nil {
		progress(len(f.Items), len(f.Items))
	}
	return compared, ctx.Err()
}

// verifyPin says what is wrong with one; "" for nothing.
func verifyPin(ctx context.Context, client *http.Client, w approval.FileWork) string {
	if w.Git == "" {
		return "the list names no repository to compare it with"
	}
	tree, err := treeAt(ctx, gitstore.Remote{URL: w.Git, Client: client}, w.Revision)
	switch {
	case errors.Is(err, kind.ErrNotFound):
		return "the repository does not serve this revision"
	case err != nil:
		return "the repository does not serve this revision whole: " + oneLine(err)
	case tree != w.Tree:
		return "the revision has the tree " + short(tree) + ", and the list pins " + short(w.Tree)
	}
	return ""
}

func oneLine(err error) string {
	first, _, _ := strings.Cut(err.Error(), "\n")
	return first
}

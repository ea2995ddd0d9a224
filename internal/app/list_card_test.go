package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/repository/approval"
)

// A list that nobody has described is found with what a reader wants to know of it, and not with a piece of the text that tells
// programs how to verify it.
func TestAListWithoutWordsIsFoundWithWhatItIs(t *testing.T) {
	t.Parallel()
	s := apptest.New(t).Server(t, "server", nil)
	ctx := t.Context()
	require.NoError(t, s.App.Accounts.AddBoard(ctx, "board", "State board"))
	for _, about := range []approval.About{
		{Slug: "grade-five", Board: "board", Title: "Grade five verified"}, {Slug: "grado-cinco", Board: "board", Title: "Quinto verified", Language: "es"},
		{Slug: "told", Board: "board", Title: "Told verified", Description: "For all who teach fractions."},
	} {
		_, err := s.App.Boards.CreateList(ctx, about, boardChair)
		require.NoError(t, err)
	}
	require.NoError(t, s.App.Boards.Add(ctx, "grade-five", s.Publish(t, "rosa/halves", lesson("Halves", "Fold.")), boardChair, approval.Outcome{Result: approval.Approve, Note: "Minutes of May"}))
	require.NoError(t, s.App.CatchUp(ctx))
	page := s.Page(t, "/search?q=verified")
	has(t, page, "This list has 1 approved materials.", "Esta lista tiene 0 materiales aprobados.", "For all who teach fractions.")
	hasNot(t, page, "ssh-keygen", "allowed_signers", "list.json")
	hasNot(t, s.Get(t, "/api/v1/search?q=verified").Body, "ssh-keygen", "allowed_signers")
}

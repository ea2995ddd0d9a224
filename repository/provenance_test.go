package repository_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

func TestAnAuthorCannotRelicenseWhatIsKnownHere(t *testing.T) {
	w := newWorld(t)
	w.publish(t, "ncsa", lesson("Ncsa", "CC BY-NC-SA 4.0", ""))
	w.publish(t, "nd", lesson("Nd", "CC BY-ND 4.0", ""))
	for name, files := range map[string]fstest.MapFS{
		"a source said to be CC0":      lesson("Mine", "CC BY 4.0", "sources: [{id: rosa/ncsa, license: CC0}]\n"),
		"a source said to be BY":       lesson("Mine", "CC0", "sources: [{id: rosa/nd, license: CC BY 4.0}]\n"),
		"hidden below another":         lesson("Mine", "CC BY 4.0", "sources: [{id: 'oai:x.example:1', license: CC0, sources: [{id: rosa/ncsa, license: CC0}]}]\n"),
		"a revision that there is not": lesson("Mine", "CC BY 4.0", "sources: [{id: rosa/ncsa, license: CC0, revision: "+strings.Repeat("a", 40)+"}]\n"),
	} {
		_, err := w.Publish(t.Context(), repository.Publication{Owner: "kim", Slug: "mine", Files: files, Actor: rosa})
		assert.ErrorIs(t, err, kind.ErrInvalid, name)
	}
}

func TestARemixCannotDropItsSource(t *testing.T) {
	w := newWorld(t)
	source := w.publish(t, "ncsa", lesson("Ncsa", "CC BY-NC-SA 4.0", "")).Resource
	made, err := w.Remix(t.Context(), repository.Remix{Source: source.ID, Owner: "rosa", Slug: "mine", Actor: rosa})
	require.NoError(t, err)
	for name, front := range map[string]string{
		"dropped":            "",
		"said to be another": "sources: [{id: '" + source.Identifier + "', license: CC BY 4.0}]\n",
	} {
		_, err := w.Publish(t.Context(), repository.Publication{Owner: "rosa", Slug: "mine", Files: lesson("Mine", "CC BY 4.0", front), Actor: rosa})
		assert.ErrorIs(t, err, kind.ErrInvalid, name)
	}
	o := w.publish(t, "mine", lesson("Mine", "CC BY-NC-SA 4.0", ""))
	require.Len(t, o.Resource.Metadata.Sources, 1, "the source stays")
	assert.Equal(t, made.Resource.Metadata.Sources[0].ID, o.Resource.Metadata.Sources[0].ID)

	w.restart(t)
	_, _, err = w.Heal(t.Context(), nil)
	require.NoError(t, err)
	require.Len(t, w.get(t, "rosa/mine").Metadata.Sources, 1, "and is in the bucket")
}

func TestALicenseCountsAsItWasWhenTheSourceWasUsed(t *testing.T) {
	w := newWorld(t)
	source := w.publish(t, "strips", lesson("Strips", "CC BY 4.0", "")).Resource
	made, err := w.Remix(t.Context(), repository.Remix{Source: source.ID, Owner: "rosa", Slug: "mine", License: "CC-BY-4.0", Actor: rosa})
	require.NoError(t, err)
	w.publish(t, "strips", lesson("Strips", "CC BY-NC-ND 4.0", ""))
	body := "Fold card.\n"
	_, err = w.Revise(t.Context(), edit(made.Resource, body))
	require.NoError(t, err, "licenses cannot be taken back")
	front := "sources: [{id: rosa/strips, revision: " + source.Revision + "}]\n"
	_, err = w.Publish(t.Context(), repository.Publication{Owner: "rosa", Slug: "other", Files: lesson("Other", "CC BY 4.0", front), Actor: rosa})
	require.NoError(t, err, "the revision that was free still is")
	_, err = w.Publish(t.Context(), repository.Publication{Owner: "rosa", Slug: "third", Files: lesson("Third", "CC BY 4.0", "sources: [{id: rosa/strips}]\n"), Actor: rosa})
	assert.ErrorIs(t, err, kind.ErrInvalid)
}

func TestRemixesOfRemixesGoOn(t *testing.T) {
	w := newWorld(t)
	last := w.publish(t, "first", lesson("First", "CC BY-SA 4.0", "")).Resource
	for n := range 15 {
		o, err := w.Remix(t.Context(), repository.Remix{Source: last.ID, Owner: "rosa", Slug: fmt.Sprintf("g%d", n), Actor: rosa})
		require.NoError(t, err, "generation %d", n+2)
		last = o.Resource
	}
	g, _ := w.Graph(last)
	assert.Len(t, g.Works, 16)
}

func TestWorksThatMeetAgainCountOnce(t *testing.T) {
	w := newWorld(t)
	w.publish(t, "a0", lesson("A", "CC BY-SA 4.0", ""))
	w.publish(t, "b0", lesson("B", "CC BY-SA 4.0", ""))
	for n := 1; n <= 12; n++ {
		front := fmt.Sprintf("sources: [{id: rosa/a%d}, {id: rosa/b%d}]\n", n-1, n-1)
		w.publish(t, fmt.Sprintf("a%d", n), lesson("A", "CC BY-SA 4.0", front))
		w.publish(t, fmt.Sprintf("b%d", n), lesson("B", "CC BY-SA 4.0", front))
	}
	r := w.get(t, "rosa/a12")
	g, _ := w.Graph(r)
	assert.Len(t, g.Works, 25)
	_, err := w.Remix(t.Context(), repository.Remix{Source: r.ID, Owner: "rosa", Slug: "joined", Actor: rosa})
	require.NoError(t, err)
}

func edit(r repository.Resource, body string) repository.Edit {
	return repository.Edit{Address: r.Address, Base: r.Revision, Change: metadata.Edit{Body: &body}, Actor: rosa}
}

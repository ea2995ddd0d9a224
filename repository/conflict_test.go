package repository_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// unseen publishes a folder while the catalog shows nothing new, as after a push whose server is not done yet.
func (w *world) unseen(t *testing.T, slug string, change func(files map[string]string)) {
	t.Helper()
	files := unit("01-strips", "02-recipes")
	texts := map[string]string{}
	for name, f := range files {
		texts[name] = string(f.Data)
	}
	change(texts)
	for name, text := range texts {
		files[name].Data = []byte(text)
	}
	w.catalog.broken = true
	_, err := w.Publish(t.Context(), repository.Publication{Owner: "rosa", Slug: slug, Files: files, Actor: rosa})
	require.ErrorContains(t, err, "safe in the bucket")
}

func body(text string) metadata.Edit { return metadata.Edit{Body: &text} }

func TestAnEditOfAnOldRevisionConflictsWhileTheCatalogLags(t *testing.T) {
	w := newWorld(t)
	first := w.publish(t, "unit", unit("01-strips", "02-recipes")).Resource
	part := w.get(t, "rosa/unit/01-strips")
	w.unseen(t, "unit", func(files map[string]string) { files["01-strips/index.md"] += "Pushed.\n" })
	require.Equal(t, first.Revision, w.get(t, "rosa/unit").Revision, "the catalog lags")
	before := w.keys(t)

	attempts := map[string]func() error{
		"the unit": func() error {
			_, err := w.Revise(t.Context(), repository.Edit{Address: first.Address, Base: first.Revision, Change: body("Mine.\n"), Actor: rosa})
			return err
		},
		"the part": func() error {
			_, err := w.Revise(t.Context(), repository.Edit{Address: part.Address, Base: part.Revision, Change: body("Mine.\n"), Actor: rosa})
			return err
		},
		"the folder": func() error {
			_, err := w.Publish(t.Context(), repository.Publication{
				Owner: "rosa", Slug: "unit", Files: unit("01-strips", "02-recipes", "03-more"), Actor: rosa, Base: first.Revision,
			})
			return err
		},
	}
	for name, attempt := range attempts {
		err := attempt()
		conflict, ok := errors.AsType[*repository.ConflictError](err)
		require.True(t, ok, "%s: %v", name, err)
		assert.NotEqual(t, first.Revision, conflict.Current.Revision, name)
	}
	assert.Equal(t, before, w.keys(t))

	w.catalog.broken = false
	require.Error(t, attempts["the part"]())
	assert.Contains(t, w.get(t, "rosa/unit/01-strips").Text, "Pushed", "a conflict shows what it is with")
}

func TestAnEditKeepsWhatTheCatalogDoesNotShow(t *testing.T) {
	w := newWorld(t)
	w.publish(t, "unit", unit("01-strips", "02-recipes"))
	recipes := w.get(t, "rosa/unit/02-recipes")
	w.unseen(t, "unit", func(files map[string]string) { files["01-strips/index.md"] += "Pushed.\n" })
	w.catalog.broken = false

	o, err := w.Revise(t.Context(), repository.Edit{Address: recipes.Address, Base: recipes.Revision, Change: body("Mine.\n"), Actor: rosa})
	require.NoError(t, err)
	assert.Contains(t, o.Resource.Text, "Mine")
	assert.Contains(t, w.get(t, "rosa/unit/01-strips").Text, "Pushed")
}

func TestWhatIsNewReplacesNothing(t *testing.T) {
	w := newWorld(t)
	create := func(title string) error {
		_, err := w.Publish(t.Context(), repository.Publication{
			Owner: "rosa", Slug: "strips", Files: lesson(title, "CC0", ""), Actor: rosa, IfAbsent: true,
		})
		return err
	}
	require.NoError(t, create("Strips"))
	for _, title := range []string{"Strips", "Cards"} {
		conflict, ok := errors.AsType[*repository.ConflictError](create(title))
		require.True(t, ok, title)
		assert.Equal(t, "Strips", conflict.Current.Metadata.Title)
	}
	require.NoError(t, w.Withdraw(t.Context(), repository.Address{Owner: "rosa", Slug: "strips"}, ""))
	require.NoError(t, create("Cards"))
	assert.Equal(t, "Cards", w.get(t, "rosa/strips").Metadata.Title)
}

package repository_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// damage overwrites the objects of a resource's family whose keys have the part in them; repair puts them back.
func (w *world) damage(t *testing.T, r repository.Resource, part string) (repair func()) {
	t.Helper()
	was := map[string][]byte{}
	for _, key := range w.keys(t) {
		if strings.Contains(key, r.Family) && strings.Contains(key, part) {
			o, err := w.bucket.Get(t.Context(), key, blob.GetOptions{})
			require.NoError(t, err)
			data, err := io.ReadAll(o.Body)
			require.NoError(t, errors.Join(err, o.Body.Close()))
			was[key] = data
		}
	}
	require.NotEmpty(t, was)
	put := func(key string, data []byte) {
		_, err := w.bucket.Put(t.Context(), key, bytes.NewReader(data), blob.Always())
		require.NoError(t, err)
	}
	for key, data := range was {
		put(key, bytes.Repeat([]byte("x"), len(data)))
	}
	return func() {
		for key, data := range was {
			put(key, data)
		}
	}
}

func TestDamageOfSomeRepositoriesHidesOnlyThem(t *testing.T) {
	w := newWorld(t)
	manifest := w.publish(t, "a", lesson("A", "CC0", "")).Resource
	pack := w.publish(t, "b", lesson("B", "CC0", "")).Resource
	w.publish(t, "c", lesson("C", "CC0", "sources: [{id: rosa/b}]\n"))
	w.publish(t, "d", unit("01-strips"))
	repair := []func(){w.damage(t, manifest, "/manifest"), w.damage(t, pack, "/p/")}

	w.restart(t)
	healed, failed, err := w.Heal(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, 2, healed)
	assert.Equal(t, 2, failed)
	assert.Contains(t, w.logged.String(), string(manifest.Repository))
	assert.Contains(t, w.logged.String(), "rosa/b")
	assert.Equal(t, "C", w.get(t, "rosa/c").Metadata.Title)
	assert.Equal(t, "Part strips", w.get(t, "rosa/d/01-strips").Metadata.Title)
	_, err = w.Resource(t.Context(), pack.Address)
	require.ErrorIs(t, err, kind.ErrNotFound)
	at, err := w.catalog.Reservation(t.Context(), "rosa", "b")
	require.NoError(t, err, "nobody else may take its address")
	assert.Equal(t, pack.Repository, at.Repository)

	for _, repair := range repair {
		repair()
	}
	healed, failed, err = w.Heal(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, 2, healed, "tried again")
	assert.Zero(t, failed)
	assert.Equal(t, "A", w.get(t, "rosa/a").Metadata.Title)
	assert.Equal(t, "B", w.get(t, "rosa/b").Metadata.Title)
}

func TestWhatTheCatalogRefusesIsCounted(t *testing.T) {
	w := newWorld(t)
	w.publish(t, "a", lesson("A", "CC0", ""))
	w.restart(t)
	w.catalog.broken = true
	healed, failed, err := w.Heal(t.Context(), nil)
	require.NoError(t, err)
	assert.Zero(t, healed)
	assert.Equal(t, 1, failed)
}

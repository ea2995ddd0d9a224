package repository_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/catalog"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

var rosa = repository.Actor{Name: "rosa", Display: "Rosa Delgado"}

// world is a service over a bucket and a catalog in memory.
type world struct {
	*repository.Service
	bucket  *bucket
	catalog *failing
	ticking sync.Mutex
	at      time.Time
	logged  bytes.Buffer
	hold    repository.Hold // may be nil
}

// bucket fails the puts whose key the test names.
type bucket struct {
	blob.Store
	fail func(key string) bool
}

func (b *bucket) Put(ctx context.Context, key string, body io.ReadSeeker, when blob.Condition) (blob.Tag, error) {
	if b.fail != nil && b.fail(key) {
		return "", errors.New("planted: the store is gone")
	}
	return b.Store.Put(ctx, key, body, when)
}

// failing fails to show anything as long as it is broken.
type failing struct {
	*catalog.Catalog
	broken bool
}

func (f *failing) Apply(ctx context.Context, p repository.Projection) error {
	if f.broken {
		return errors.New("planted: the catalog is gone")
	}
	return f.Catalog.Apply(ctx, p)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{bucket: &bucket{Store: new(blob.Memory)}, at: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	w.restart(t)
	return w
}

// restart is a new process with an empty catalog over the same bucket.
func (w *world) restart(t *testing.T) {
	t.Helper()
	db, err := sqldb.Open(t.Context(), "sqlite::memory:")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	now := func() time.Time {
		w.ticking.Lock()
		defer w.ticking.Unlock()
		w.at = w.at.Add(time.Second)
		return w.at
	}
	w.catalog = &failing{Catalog: catalog.New(db, now)}
	w.Service = repository.New(repository.Options{
		Store: gitstore.New(w.bucket, gitstore.Options{Now: now}), Catalog: w.catalog, Namespace: "state.example.org",
		BaseURL: "https://state.example.org", Now: now, Logger: slog.New(slog.NewTextHandler(&w.logged, nil)), Renderer: testRenderer, Bucket: w.bucket,
		Render: func(r repository.Resource, v metadata.View) repository.Records {
			return repository.Records{Formats: map[string][]byte{"oai_dc": metadata.DublinCore(v)}, Sets: []string{"owner:" + r.Address.Owner}}
		},
		Hold: func(ctx context.Context, p repository.Held) (string, error) {
			if w.hold == nil {
				return "", nil
			}
			return w.hold(ctx, p)
		},
	})
}

func (w *world) keys(t *testing.T) (keys []string) {
	t.Helper()
	for info, err := range w.bucket.List(t.Context(), "") {
		require.NoError(t, err)
		keys = append(keys, info.Key)
	}
	return keys
}

func (w *world) publish(t *testing.T, slug string, files fs.FS) repository.Outcome {
	t.Helper()
	o, err := w.Publish(t.Context(), repository.Publication{Owner: "rosa", Slug: slug, Files: files, Actor: rosa})
	require.NoError(t, err)
	return o
}

func (w *world) get(t *testing.T, address string) repository.Resource {
	t.Helper()
	a, ok := repository.ParseAddress(address)
	require.True(t, ok)
	r, err := w.Resource(t.Context(), a)
	require.NoError(t, err)
	return r
}

// lesson is a folder with a lesson; front is more front matter.
func lesson(title, license, front string) fstest.MapFS {
	return fstest.MapFS{"index.md": {Data: []byte(fmt.Sprintf(
		"---\ntitle: %s\ntype: lesson\nlanguage: en\nlicense: %s\ncreators: [{name: Rosa Delgado}]\n%s---\nFold %s.\n", title, license, front, title))}}
}

func unit(parts ...string) fstest.MapFS {
	files := lesson("Fractions", "CC BY-SA 4.0", "grades: [\"5\"]\nparts: ["+strings.Join(parts, ", ")+"]\n")
	for _, part := range parts {
		name := part[strings.Index(part, "-")+1:]
		files[part+"/index.md"] = &fstest.MapFile{Data: []byte("---\ntitle: Part " + name + "\ntype: lesson\n---\nDo " + name + ".\n")}
	}
	return files
}

func TestPublishingTheSameAgainChangesNothing(t *testing.T) {
	w := newWorld(t)
	first := w.publish(t, "strips", lesson("Strips", "CC BY 4.0", ""))
	assert.True(t, first.Created)
	before := w.keys(t)
	again := w.publish(t, "strips", lesson("Strips", "CC BY 4.0", ""))
	assert.True(t, again.Unchanged)
	assert.Equal(t, first.Resource, again.Resource)
	assert.Equal(t, before, w.keys(t))
}

func TestARefusedPublicationLeavesNothing(t *testing.T) {
	w := newWorld(t)
	for name, files := range map[string]fstest.MapFS{
		"no license":      lesson("Strips", "''", ""),
		"unknown license": lesson("Strips", "free for all", ""),
		"missing part":    lesson("Strips", "CC0", "parts: [gone]\n"),
		"unknown source":  lesson("Strips", "CC0", "sources: [{id: kim/nowhere, license: CC0}]\n"),
		"forbidden": lesson("Strips", "CC BY 4.0",
			"sources: [{id: 'oai:x.example.org:1', license: CC BY 4.0, sources: [{id: 'oai:x.example.org:2', license: CC BY-SA 4.0}]}]\n"),
	} {
		o, err := w.Publish(t.Context(), repository.Publication{Owner: "rosa", Slug: "strips", Files: files, Actor: rosa})
		assert.ErrorIs(t, err, kind.ErrInvalid, name)
		assert.True(t, o.Problems.Refuse(), name)
	}
	assert.Empty(t, w.keys(t))
	_, err := w.catalog.Reservation(t.Context(), "rosa", "strips")
	assert.ErrorIs(t, err, kind.ErrNotFound)
}

func TestOnlyTheNewestRevisionMayBeEdited(t *testing.T) {
	w := newWorld(t)
	first := w.publish(t, "strips", lesson("Strips", "CC BY 4.0", "")).Resource
	body := "Fold card.\n"
	edit := repository.Edit{Address: first.Address, Base: first.Revision, Change: metadata.Edit{Body: &body}, Actor: rosa}
	o, err := w.Revise(t.Context(), edit)
	require.NoError(t, err)
	assert.NotEqual(t, first.Revision, o.Resource.Revision)

	_, err = w.Revise(t.Context(), edit)
	conflict, ok := errors.AsType[*repository.ConflictError](err)
	require.True(t, ok, "%v", err)
	assert.Equal(t, o.Resource.Revision, conflict.Current.Revision)

	old, err := w.At(t.Context(), first.Address, first.Revision)
	require.NoError(t, err)
	assert.Contains(t, old.Text, "Fold Strips")
	assert.Contains(t, w.get(t, "rosa/strips").Text, "Fold card")
	_, err = w.At(t.Context(), first.Address, strings.Repeat("0", 40))
	assert.ErrorIs(t, err, kind.ErrNotFound)
}

func TestOfManyWritersAtOnceEachIsThereOrToldSo(t *testing.T) {
	w := newWorld(t)
	first := w.publish(t, "strips", lesson("Strips", "CC BY 4.0", "")).Resource
	var wins sync.Map
	var group sync.WaitGroup
	for n := range 8 {
		group.Go(func() {
			body := fmt.Sprintf("Fold %d.\n", n)
			o, err := w.Revise(t.Context(), repository.Edit{Address: first.Address, Base: first.Revision, Change: metadata.Edit{Body: &body}, Actor: rosa})
			if err == nil {
				wins.Store(o.Resource.Revision, body)
			} else {
				assert.ErrorIs(t, err, kind.ErrConflict)
			}
		})
	}
	group.Wait()
	count := 0
	wins.Range(func(rev, body any) bool {
		count++
		assert.Equal(t, rev, w.get(t, "rosa/strips").Revision)
		assert.Contains(t, w.get(t, "rosa/strips").Text, strings.TrimSpace(body.(string)))
		return true
	})
	assert.Equal(t, 1, count)
}

func TestAPartTakesANewRevisionOnlyWhenItChanged(t *testing.T) {
	w := newWorld(t)
	w.publish(t, "unit", unit("01-strips", "02-recipes"))
	strips, recipes := w.get(t, "rosa/unit/01-strips"), w.get(t, "rosa/unit/02-recipes")
	assert.Equal(t, "CC-BY-SA-4.0", string(strips.License), "inherited")
	assert.Equal(t, []string{"5"}, strips.Metadata.Grades, "inherited")

	body := "Do recipes with milk.\n"
	_, err := w.Revise(t.Context(), repository.Edit{Address: recipes.Address, Base: recipes.Revision, Change: metadata.Edit{Body: &body}, Actor: rosa})
	require.NoError(t, err)
	assert.Equal(t, strips, w.get(t, "rosa/unit/01-strips"))
	changed := w.get(t, "rosa/unit/02-recipes")
	assert.Equal(t, recipes.ID, changed.ID)
	assert.NotEqual(t, recipes.Revision, changed.Revision)
	assert.Equal(t, changed.Revision, w.get(t, "rosa/unit").Revision, "the unit holds the part")
	history, err := w.History(t.Context(), changed, 10)
	require.NoError(t, err)
	assert.Len(t, history, 2)
}

func TestAPartThatMovesKeepsItsIDAndOneThatGoesIsATombstone(t *testing.T) {
	w := newWorld(t)
	w.publish(t, "unit", unit("01-strips", "02-recipes"))
	strips, recipes := w.get(t, "rosa/unit/01-strips"), w.get(t, "rosa/unit/02-recipes")
	w.publish(t, "unit", unit("07-strips"))
	assert.Equal(t, strips.ID, w.get(t, "rosa/unit/07-strips").ID)
	gone := w.get(t, "rosa/unit/02-recipes")
	assert.True(t, gone.Deleted)
	assert.Equal(t, recipes.ID, gone.ID)
	assert.Greater(t, gone.Seq, recipes.Seq)

	w.publish(t, "unit", unit("07-strips", "02-recipes"))
	back := w.get(t, "rosa/unit/02-recipes")
	assert.False(t, back.Deleted)
	assert.Equal(t, recipes.ID, back.ID)
}

func TestWhatWasCommittedBeforeACrashAppearsAfterIt(t *testing.T) {
	w := newWorld(t)
	first := w.publish(t, "strips", lesson("Strips", "CC BY 4.0", "")).Resource
	w.catalog.broken = true
	_, err := w.Publish(t.Context(), repository.Publication{Owner: "rosa", Slug: "strips", Files: lesson("Cards", "CC BY 4.0", ""), Actor: rosa})
	require.ErrorContains(t, err, "safe in the bucket")
	_, err = w.Publish(t.Context(), repository.Publication{Owner: "rosa", Slug: "new", Files: unit("01-strips"), Actor: rosa})
	require.Error(t, err)
	w.catalog.broken = false

	healed, failed, err := w.Heal(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, 2, healed)
	assert.Zero(t, failed)
	now := w.get(t, "rosa/strips")
	assert.Equal(t, first.ID, now.ID)
	assert.Equal(t, "Cards", now.Metadata.Title)
	assert.Equal(t, "Part strips", w.get(t, "rosa/new/01-strips").Metadata.Title)
	healed, failed, err = w.Heal(t.Context(), nil)
	require.NoError(t, err)
	assert.Zero(t, healed+failed)
}

func TestADeadStoreBeforeTheManifestLeavesNothingToSee(t *testing.T) {
	w := newWorld(t)
	for _, part := range []string{"/p/", "/manifest"} {
		w.bucket.fail = func(key string) bool { return strings.Contains(key, part) }
		_, err := w.Publish(t.Context(), repository.Publication{Owner: "rosa", Slug: "strips", Files: lesson("Strips", "CC0", ""), Actor: rosa})
		require.ErrorContains(t, err, "planted", part)
		_, err = w.Resource(t.Context(), repository.Address{Owner: "rosa", Slug: "strips"})
		require.ErrorIs(t, err, kind.ErrNotFound)
	}
	w.bucket.fail = nil
	assert.True(t, w.publish(t, "strips", lesson("Strips", "CC0", "")).Created)
}

func TestTheBucketAloneBringsEverythingBack(t *testing.T) {
	w := newWorld(t)
	w.publish(t, "unit", unit("01-strips", "02-recipes"))
	w.publish(t, "unit", unit("02-recipes"))
	_, err := w.Remix(t.Context(), repository.Remix{Source: w.get(t, "rosa/unit").ID, Owner: "kim", Slug: "mine", Actor: repository.Actor{Name: "kim", Display: "Kim Lee"}})
	require.NoError(t, err)
	w.publish(t, "third", lesson("Third", "CC BY-SA 4.0", "sources: [{id: kim/mine}]\n"))
	w.publish(t, "gone", lesson("Gone", "CC0", ""))
	require.NoError(t, w.Withdraw(t.Context(), repository.Address{Owner: "rosa", Slug: "gone"}, "a mistake"))
	addresses := []string{"rosa/unit", "rosa/unit/01-strips", "rosa/unit/02-recipes", "kim/mine", "kim/mine/02-recipes", "rosa/third", "rosa/gone"}
	before := map[string]repository.Resource{}
	for _, a := range addresses {
		before[a] = w.get(t, a)
	}

	w.restart(t)
	_, _, err = w.Heal(t.Context(), nil)
	require.NoError(t, err)
	for _, a := range addresses {
		was, is := before[a], w.get(t, a)
		was.Seq, is.Seq = 0, 0
		assert.False(t, is.Datestamp.Before(was.Datestamp), a)
		was.Datestamp, is.Datestamp = time.Time{}, time.Time{}
		assert.Equal(t, was, is, a)
	}
}

func TestPublishAllTakesAnyOrder(t *testing.T) {
	w := newWorld(t)
	list := []repository.Publication{
		{Owner: "rosa", Slug: "c", Files: lesson("C", "CC BY-SA 4.0", "sources: [{id: rosa/b}]\n")},
		{Owner: "rosa", Slug: "b", Files: lesson("B", "CC BY-SA 4.0", "sources: [{id: rosa/a}]\n")},
		{Owner: "rosa", Slug: "a", Files: lesson("A", "CC BY 4.0", "")},
		{Owner: "rosa", Slug: "d", Files: lesson("D", "CC0", "sources: [{id: rosa/nowhere}]\n")},
	}
	states := map[int]error{}
	refused, err := w.PublishAll(t.Context(), list, func(i int, _ repository.Outcome, err error) { states[i] = err })
	require.NoError(t, err)
	assert.Equal(t, 1, refused)
	assert.Len(t, states, 4)
	assert.NoError(t, errors.Join(states[0], states[1], states[2]))
	assert.ErrorIs(t, states[3], kind.ErrInvalid)
	g, _ := w.Graph(w.get(t, "rosa/c"))
	assert.Len(t, g.Works, 3, "the chain to its beginning")
}

func TestARemixOfAPartStandsAlone(t *testing.T) {
	w := newWorld(t)
	files := unit("01-strips", "02-recipes")
	files["01-strips/index.md"].Data = append(files["01-strips/index.md"].Data, "Then see [the recipes](../02-recipes/).\n"...)
	w.publish(t, "unit", files)
	part := w.get(t, "rosa/unit/01-strips")
	o, err := w.Remix(t.Context(), repository.Remix{Source: part.ID, Owner: "kim", Actor: repository.Actor{Name: "kim", Display: "Kim Lee"}, Changes: "shorter"})
	require.NoError(t, err)
	r := o.Resource
	assert.Equal(t, "part-strips", r.Address.Slug)
	assert.Equal(t, part.Family, r.Family, "the source's packs are shared")
	assert.Equal(t, []string{"5"}, r.Metadata.Grades, "what it inherited is written down")
	require.Len(t, r.Metadata.Sources, 1)
	source := r.Metadata.Sources[0]
	assert.Equal(t, metadata.Source{
		ID: part.Identifier, Title: "Part strips", URL: "https://state.example.org/id/" + string(part.ID), Path: "01-strips",
		Revision: part.Revision, License: "CC-BY-SA-4.0", Creators: part.Metadata.Creators, Changes: "shorter",
	}, source)
	doc, err := w.Source(t.Context(), r)
	require.NoError(t, err)
	assert.Contains(t, string(doc.Body), "](https://state.example.org/r/rosa/unit/02-recipes)")
	history, err := w.History(t.Context(), r, 10)
	require.NoError(t, err)
	assert.Len(t, history, 2, "the source's history lies underneath")

	remixes, err := w.Remixes(t.Context(), part)
	require.NoError(t, err)
	require.Len(t, remixes, 1)
	assert.Equal(t, r.ID, remixes[0].ID)
}

func TestCheckingARemixByItsPlanLeavesThePlanAsItIs(t *testing.T) {
	w := newWorld(t)
	w.publish(t, "unit", unit("01-strips", "02-recipes"))
	kim := repository.Actor{Name: "kim", Display: "Kim Lee"}
	source := w.get(t, "rosa/unit").ID
	plan, err := w.PlanRemix(t.Context(), source, "kim", kim)
	require.NoError(t, err)
	title, body := "Another title", "Fold [here](nowhere.png).\n"
	first, problems, err := w.CheckRemix(t.Context(), plan, repository.Remix{Source: source, Owner: "kim", Title: &title, Body: &body, Changes: "shorter", Actor: kim})
	require.NoError(t, err)
	assert.NotEmpty(t, problems, "the link leads nowhere")
	assert.Contains(t, string(first), "Another title")
	assert.Contains(t, string(first), "shorter")

	plain := repository.Remix{Source: source, Owner: "kim", Actor: kim}
	second, _, err := w.CheckRemix(t.Context(), plan, plain)
	require.NoError(t, err)
	assert.NotContains(t, string(second), "shorter")
	out, err := w.Remix(t.Context(), plain)
	require.NoError(t, err)
	assert.Equal(t, plan.Slug, out.Resource.Address.Slug)
	files, err := w.Files(t.Context(), out.Resource)
	require.NoError(t, err)
	published, err := fs.ReadFile(files, "index.md")
	require.NoError(t, err)
	assert.Equal(t, string(published), string(second))

	_, _, err = w.CheckRemix(t.Context(), repository.RemixPlan{Source: plan.Source, Options: plan.Options}, plain)
	assert.ErrorIs(t, err, kind.ErrInvalid, "a plan without files")
}

func TestARemixIsRefusedWithTheLicensesThatWouldDo(t *testing.T) {
	w := newWorld(t)
	source := w.publish(t, "strips", lesson("Strips", "CC BY-NC-SA 4.0", "")).Resource
	_, err := w.Remix(t.Context(), repository.Remix{Source: source.ID, Owner: "kim", License: "CC-BY-4.0", Actor: rosa})
	refused, ok := errors.AsType[*repository.LicenseError](err)
	require.True(t, ok, "%v", err)
	assert.EqualValues(t, "CC-BY-NC-SA-4.0", refused.Allowed[0])
	assert.NotEmpty(t, refused.Reasons)

	locked := w.publish(t, "locked", lesson("Locked", "CC BY-ND 4.0", "")).Resource
	_, err = w.Remix(t.Context(), repository.Remix{Source: locked.ID, Owner: "kim", Actor: rosa})
	refused, ok = errors.AsType[*repository.LicenseError](err)
	require.True(t, ok, "%v", err)
	assert.Empty(t, refused.Allowed)
}

func TestRemixesFindFreeAddresses(t *testing.T) {
	w := newWorld(t)
	source := w.publish(t, "strips", lesson("Strips", "CC0", "")).Resource
	for _, want := range []string{"strips", "strips-2", "strips-3"} {
		o, err := w.Remix(t.Context(), repository.Remix{Source: source.ID, Owner: "kim", Actor: rosa})
		require.NoError(t, err)
		assert.Equal(t, want, o.Resource.Address.Slug)
	}
	_, err := w.Remix(t.Context(), repository.Remix{Source: source.ID, Owner: "kim", Slug: "strips", Actor: rosa})
	assert.ErrorIs(t, err, kind.ErrConflict)
}

func TestATranslationNamesItsOriginal(t *testing.T) {
	w := newWorld(t)
	original := w.publish(t, "strips", lesson("Strips", "CC BY-SA 4.0", "")).Resource
	tiras := w.publish(t, "tiras", lesson("Tiras", "CC BY-SA 4.0", "translation_of: {id: rosa/strips}\n")).Resource
	assert.Equal(t, original.Identifier, tiras.Metadata.TranslationOf.ID)
	require.Len(t, tiras.Metadata.Sources, 1, "a translation is an adaptation")
	list, err := w.Translations(t.Context(), original)
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.Equal(t, tiras.ID, list[0].ID)
	list, err = w.Translations(t.Context(), tiras)
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.Equal(t, original.ID, list[0].ID)
}

func TestSlugsArePlain(t *testing.T) {
	assert.Equal(t, "que-es-una-fraccion", repository.Slug("¿Qué es una fracción?"))
	assert.Equal(t, "resource", repository.Slug("分数"))
	w := newWorld(t)
	for _, slug := range []string{"", "UPPER", "a/b", "..", "a.git", "-a", strings.Repeat("a", 81)} {
		_, err := w.Publish(t.Context(), repository.Publication{Owner: "rosa", Slug: slug, Files: lesson("A", "CC0", ""), Actor: rosa})
		assert.ErrorIs(t, err, kind.ErrInvalid, slug)
	}
}

package repository_test

import (
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/merge"
)

var kim = repository.Actor{Name: "kim", Display: "Kim Lee"}

const offeredLesson = `---
title: Halves
type: lesson
language: en
license: CC BY 4.0
creators: [{name: Rosa Delgado}]
---

Fold the paper twice.

Count the parts.

Say how many there are.
`

// offer suggests a lesson's text with some words replaced.
func offer(t *testing.T, w *world, r repository.Resource, text string) repository.Suggestion {
	t.Helper()
	data := []byte(text)
	one, err := w.Suggest(t.Context(), repository.Offer{
		Address: r.Address, Base: r.Revision, Edits: map[string]*[]byte{"index.md": &data}, Actor: kim, Message: "Clearer words",
	})
	require.NoError(t, err)
	return one
}

func lessonOf(t *testing.T, w *world, a repository.Address) string {
	t.Helper()
	r, err := w.Resource(t.Context(), a)
	require.NoError(t, err)
	fsys, err := w.Files(t.Context(), r)
	require.NoError(t, err)
	b, err := fs.ReadFile(fsys, "index.md")
	require.NoError(t, err)
	return string(b)
}

func publishOffered(t *testing.T, w *world, text string) repository.Resource {
	t.Helper()
	out, err := w.Publish(t.Context(), repository.Publication{Owner: "rosa", Slug: "halves", Actor: rosa, Files: folder("index.md", text)})
	require.NoError(t, err)
	return out.Resource
}

func TestAcceptedSuggestionIsPublishedWithCredit(t *testing.T) {
	w := newWorld(t)
	r := publishOffered(t, w, offeredLesson)
	one := offer(t, w, r, replace(offeredLesson, "twice", "two times"))
	assert.Equal(t, 1, one.Number)
	require.NotEmpty(t, one.Revision)
	assert.Contains(t, lessonOf(t, w, r.Address), "twice", "an offer publishes nothing")

	publishOffered(t, w, replace(offeredLesson, "Count", "Now count")) // meanwhile
	out, err := w.Accept(t.Context(), repository.Review{Address: r.Address, Number: 1, Actor: rosa})
	require.NoError(t, err)
	text := lessonOf(t, w, r.Address)
	assert.Contains(t, text, "two times")
	assert.Contains(t, text, "Now count")
	log, err := w.History(t.Context(), out.Resource, 5)
	require.NoError(t, err)
	assert.Contains(t, log[0].Message, "Co-authored-by: Kim Lee <kim@")
	require.Len(t, log[0].Parents, 2)
	assert.Equal(t, one.Revision, log[0].Parents[1])

	list, err := w.Suggestions(t.Context(), r.Address)
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.Equal(t, repository.Accepted, list[0].State)
	assert.Equal(t, "Rosa Delgado", list[0].Decider)
	assert.Equal(t, one.Revision, list[0].Revision)

	_, err = w.Accept(t.Context(), repository.Review{Address: r.Address, Number: 1, Actor: rosa})
	require.ErrorIs(t, err, kind.ErrConflict, "once")
}

func TestSuggestionIsAcceptedBlockByBlock(t *testing.T) {
	w := newWorld(t)
	r := publishOffered(t, w, offeredLesson)
	changed := replace(replace(offeredLesson, "twice", "two times"), "Say how many", "Write how many")
	offer(t, w, r, changed)
	blocks := merge.Diff([]byte(offeredLesson), []byte(changed))
	left := -1
	for i, b := range blocks {
		if b.Kind == merge.Revised {
			left = i // the last one
		}
	}
	_, err := w.Accept(t.Context(), repository.Review{
		Address: r.Address, Number: 1, Actor: rosa, Leave: map[string][]int{"index.md": {left}},
	})
	require.NoError(t, err)
	text := lessonOf(t, w, r.Address)
	assert.Contains(t, text, "two times")
	assert.Contains(t, text, "Say how many", "what was left is as it was")
}

func TestSuggestionThatMeetsAnEditIsDecidedByTheOwner(t *testing.T) {
	w := newWorld(t)
	r := publishOffered(t, w, offeredLesson)
	offer(t, w, r, replace(offeredLesson, "twice", "two times"))
	publishOffered(t, w, replace(offeredLesson, "twice", "2 times"))
	out, err := w.Accept(t.Context(), repository.Review{Address: r.Address, Number: 1, Actor: rosa})
	require.ErrorIs(t, err, kind.ErrConflict)
	require.Len(t, out.Merge.Conflicts, 1)
	assert.Contains(t, lessonOf(t, w, r.Address), "2 times", "nothing is published half")
	_, err = w.Accept(t.Context(), repository.Review{
		Address: r.Address, Number: 1, Actor: rosa, Choices: map[string]merge.Choice{out.Merge.Conflicts[0].ID: {Take: merge.Theirs}},
	})
	require.NoError(t, err)
	assert.Contains(t, lessonOf(t, w, r.Address), "two times")
}

func TestDeclinedSuggestionKeepsItsReason(t *testing.T) {
	w := newWorld(t)
	r := publishOffered(t, w, offeredLesson)
	offer(t, w, r, replace(offeredLesson, "twice", "two times"))
	require.NoError(t, w.Decline(t.Context(), r.Address, 1, rosa, "It says so already."))
	list, err := w.Suggestions(t.Context(), r.Address)
	require.NoError(t, err)
	assert.Equal(t, repository.Declined, list[0].State)
	assert.Equal(t, "It says so already.", list[0].Reason)
	require.ErrorIs(t, w.Decline(t.Context(), r.Address, 1, rosa, ""), kind.ErrConflict)
	_, err = w.Accept(t.Context(), repository.Review{Address: r.Address, Number: 1, Actor: rosa})
	require.ErrorIs(t, err, kind.ErrConflict)
	assert.Contains(t, lessonOf(t, w, r.Address), "twice")
	w.restart(t)
	_, _, err = w.Heal(t.Context(), nil)
	require.NoError(t, err)
	list, err = w.Suggestions(t.Context(), r.Address)
	require.NoError(t, err)
	assert.Equal(t, repository.Declined, list[0].State, "decisions are in the bucket")
}

func TestOfferIsStoredOncePerKey(t *testing.T) {
	w := newWorld(t)
	r := publishOffered(t, w, offeredLesson)
	data := []byte(replace(offeredLesson, "twice", "two times"))
	o := repository.Offer{
		Address: r.Address, Base: r.Revision, Edits: map[string]*[]byte{"index.md": &data}, Actor: kim, Server: "https://district.example", Key: "k1",
	}
	for range 3 {
		one, err := w.Suggest(t.Context(), o)
		require.NoError(t, err)
		assert.Equal(t, 1, one.Number)
		assert.NotEmpty(t, one.Revision)
	}
}

func TestOfferIsBounded(t *testing.T) {
	w := newWorld(t)
	r := publishOffered(t, w, offeredLesson)
	large := make([]byte, 9<<20)
	for name, o := range map[string]repository.Offer{
		"nothing":      {Base: r.Revision},
		"too large":    {Base: r.Revision, Edits: map[string]*[]byte{"a": &large}},
		"outside":      {Base: r.Revision, Edits: map[string]*[]byte{"../a": nil}},
		"long message": {Base: r.Revision, Edits: map[string]*[]byte{"index.md": nil}, Message: string(make([]byte, 20_000))},
	} {
		o.Address, o.Actor = r.Address, kim
		_, err := w.Suggest(t.Context(), o)
		assert.ErrorIs(t, err, kind.ErrInvalid, name)
	}
	_, err := w.Suggest(t.Context(), repository.Offer{
		Address: r.Address, Actor: kim, Base: "0123456789012345678901234567890123456789", Edits: map[string]*[]byte{"index.md": nil},
	})
	assert.ErrorIs(t, err, kind.ErrNotFound, "an unknown base")
}

func folder(name, text string) fstest.MapFS { return fstest.MapFS{name: {Data: []byte(text)}} }

func replace(text, old, new string) string { return strings.Replace(text, old, new, 1) }

// What a suggestion had in it beside what was taken was never published: nobody can name it as the source of a remix, with
// the license that it claimed.
func TestAcceptingPublishesWhatWasTakenAndNoMore(t *testing.T) {
	w := newWorld(t)
	lesson := replace(offeredLesson, "CC BY 4.0", "CC BY-SA 4.0")
	r := publishOffered(t, w, lesson)
	changed := replace(replace(lesson, "twice", "two times"), "CC BY-SA 4.0", "CC0")
	one := offer(t, w, r, changed)
	front := slices.IndexFunc(merge.Diff([]byte(lesson), []byte(changed)), func(b merge.Block) bool { return b.Type == merge.Front })
	require.GreaterOrEqual(t, front, 0)
	out, err := w.Accept(t.Context(), repository.Review{
		Address: r.Address, Number: 1, Actor: rosa, Leave: map[string][]int{"index.md": {front}},
	})
	require.NoError(t, err)
	assert.Equal(t, "CC BY-SA 4.0", out.Resource.Metadata.License)
	assert.Contains(t, lessonOf(t, w, r.Address), "two times")

	_, err = w.At(t.Context(), r.Address, one.Revision)
	require.ErrorIs(t, err, kind.ErrNotFound, "the owner did not publish it")
	old, err := w.At(t.Context(), r.Address, r.Revision)
	require.NoError(t, err, "what came before was")
	assert.Equal(t, r.Revision, old.Revision)
	log, err := w.History(t.Context(), out.Resource, 10)
	require.NoError(t, err)
	for _, c := range log {
		assert.NotEqual(t, one.Revision, c.Hash)
	}
	assert.Len(t, log, 2)

	remix, err := w.Remix(t.Context(), repository.Remix{Source: r.ID, Owner: "mallory", Slug: "remix", Actor: kim})
	require.NoError(t, err)
	_, err = w.At(t.Context(), remix.Resource.Address, one.Revision)
	require.ErrorIs(t, err, kind.ErrNotFound, "nor is it a revision of a remix")
	laundered := lesson + "\nMore.\n"
	laundered = replace(laundered, "license: CC BY-SA 4.0", "license: CC0\nsources: [{id: rosa/halves, revision: "+one.Revision+", license: CC0}]")
	_, err = w.Publish(t.Context(), repository.Publication{Owner: "mallory", Slug: "mine", Actor: kim, Files: folder("index.md", laundered)})
	require.ErrorIs(t, err, kind.ErrInvalid, "the license of the lesson is the owner's")
}

func TestNobodyBuriesTheSuggestionsOfOthers(t *testing.T) {
	w := newWorld(t)
	r := publishOffered(t, w, offeredLesson)
	offer(t, w, r, replace(offeredLesson, "twice", "two times"))
	data := []byte(replace(offeredLesson, "Count", "Number"))
	o := repository.Offer{Address: r.Address, Base: r.Revision, Edits: map[string]*[]byte{"index.md": &data}}
	keys := 0
	sent := func(by, server string) (n int) {
		for ; n < 300; n++ {
			keys++
			o.Actor, o.Server, o.Key = repository.Actor{Name: by, Display: by}, server, strconv.Itoa(keys)
			if _, err := w.Suggest(t.Context(), o); err != nil {
				require.ErrorIs(t, err, repository.ErrCrowded)
				require.ErrorIs(t, err, kind.ErrInvalid)
				return n
			}
		}
		return n
	}
	assert.Equal(t, 10, sent("mallory", ""))
	all := 0
	for i := range 10 {
		all += sent("m"+strconv.Itoa(i), "https://m.example")
	}
	assert.Equal(t, 50, all, "of one server")
	list, err := w.Suggestions(t.Context(), r.Address)
	require.NoError(t, err)
	first := list[len(list)-1]
	assert.Equal(t, 1, first.Number)
	assert.Equal(t, "kim", first.By, "what came before is still there")
	require.NoError(t, w.Decline(t.Context(), r.Address, 2, rosa, ""))
	assert.Equal(t, 1, sent("mallory", ""), "there is room again")
}

// An account of another server is credited there, whatever name it has.
func TestForeignAccountIsNotCreditedAsOneOfOurs(t *testing.T) {
	w := newWorld(t)
	r := publishOffered(t, w, offeredLesson)
	data := []byte(replace(offeredLesson, "twice", "two times"))
	_, err := w.Suggest(t.Context(), repository.Offer{
		Address: r.Address, Base: r.Revision, Edits: map[string]*[]byte{"index.md": &data}, Message: "Clear\x1b[2Jer",
		Actor: repository.Actor{Name: "rosa", Display: "Rosa\x1b[31m>"}, Server: "https://district.example:8443", Key: "k",
	})
	require.NoError(t, err)
	out, err := w.Accept(t.Context(), repository.Review{Address: r.Address, Number: 1, Actor: rosa})
	require.NoError(t, err)
	log, err := w.History(t.Context(), out.Resource, 1)
	require.NoError(t, err)
	assert.Contains(t, log[0].Message, "<rosa@district.example>")
	assert.NotContains(t, log[0].Message, "\x1b")
}

func TestRemovedSuggestionIsOutOfReach(t *testing.T) {
	w := newWorld(t)
	r := publishOffered(t, w, offeredLesson)
	one := offer(t, w, r, replace(offeredLesson, "twice", "two times"))
	require.NoError(t, w.Decline(t.Context(), r.Address, 1, rosa, ""))
	require.NoError(t, w.Remove(t.Context(), r.Address, 1, rosa, "abuse"), "even after it was declined")
	at, err := w.Location(t.Context(), r.Address.Owner, r.Address.Slug)
	require.NoError(t, err)
	view, err := gitstore.New(w.bucket, gitstore.Options{}).Open(t.Context(), at)
	require.NoError(t, err)
	_, err = view.Commit(t.Context(), one.Revision)
	require.ErrorIs(t, err, kind.ErrNotFound)
	list, err := w.Suggestions(t.Context(), r.Address)
	require.NoError(t, err)
	assert.Equal(t, repository.Removed, list[0].State)
	assert.Empty(t, list[0].Name+list[0].Message)
	assert.Equal(t, 2, offer(t, w, r, replace(offeredLesson, "twice", "2 times")).Number, "numbers are given once")
	n, err := w.Waiting(t.Context(), r.Address)
	require.NoError(t, err)
	assert.Equal(t, 1, n)
}

func TestErasureReachesSuggestions(t *testing.T) {
	w := newWorld(t)
	r := publishOffered(t, w, offeredLesson)
	secret := []byte("Kim is in grade 4.\n")
	_, err := w.Suggest(t.Context(), repository.Offer{
		Address: r.Address, Base: r.Revision, Edits: map[string]*[]byte{"kim.txt": &secret}, Actor: kim,
	})
	require.NoError(t, err)
	_, err = w.Erase(t.Context(), r.Address, []string{"kim.txt"}, nil)
	require.NoError(t, err)
	out, err := w.Accept(t.Context(), repository.Review{Address: r.Address, Number: 1, Actor: rosa, DryRun: true})
	require.NoError(t, err)
	assert.NotContains(t, string(out.Merge.Files["kim.txt"].Data), "grade 4")
	_, err = w.Suggest(t.Context(), repository.Offer{
		Address: r.Address, Base: r.Revision, Edits: map[string]*[]byte{"again.txt": &secret}, Actor: kim,
	})
	require.ErrorIs(t, err, kind.ErrInvalid, "it does not come back")
}

func TestLongReasonsDoNotStopPublishing(t *testing.T) {
	w := newWorld(t)
	r := publishOffered(t, w, offeredLesson)
	reason := strings.Repeat("<", 2000)
	data := []byte(replace(offeredLesson, "twice", "two times"))
	for i := range 100 {
		one, err := w.Suggest(t.Context(), repository.Offer{
			Address: r.Address, Base: r.Revision, Edits: map[string]*[]byte{"index.md": &data}, Actor: kim, Server: "https://d.example", Key: strconv.Itoa(i),
		})
		require.NoError(t, err)
		require.NoError(t, w.Decline(t.Context(), r.Address, one.Number, rosa, reason), i)
	}
	publishOffered(t, w, replace(offeredLesson, "Count", "Now count"))
	list, err := w.Suggestions(t.Context(), r.Address)
	require.NoError(t, err)
	assert.Equal(t, 100, list[0].Number)
	assert.Greater(t, len(list), 20)
}

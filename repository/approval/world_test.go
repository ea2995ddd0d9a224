package approval_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/approval"
)

var (
	today    = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	chair    = approval.Actor{Name: "okafor", Display: "Ms. Okafor", Chair: true}
	ana      = approval.Actor{Name: "ana", Display: "Ana", Reviewer: true}
	ben      = approval.Actor{Name: "ben", Display: "Ben", Reviewer: true}
	eve      = approval.Actor{Name: "eve", Display: "Eve", Reviewer: true} // has an interest
	author   = approval.Actor{Name: "rosa", Display: "Rosa", Reviewer: true}
	stranger = approval.Actor{Name: "nobody"}
)

func work(n int, revision string) approval.Work {
	id := fmt.Sprintf("00000000-0000-4000-8000-%012d", n)
	return approval.Work{
		ID: id, Identifier: "oai:state.example:" + id, Title: fmt.Sprintf("Lesson %d", n), URL: "https://state.example/r/math/" + id,
		Git: "https://state.example/r/math/" + id + ".git", Revision: hash(revision), Tree: hash("b" + revision), License: "CC-BY-4.0",
		Subjects: []string{"mathematics"}, Grades: []string{"5"}, Published: today.AddDate(0, -1, 0),
	}
}

// hash makes 40 hexadecimal digits of a few.
func hash(s string) string { return fmt.Sprintf("%040s", s)[:40] }

func rubric() approval.Rubric {
	r := approval.Achieve("en")
	return r
}

func terms() *approval.Terms {
	return &approval.Terms{
		ID: "math-2026", Board: "board", Title: "Grade 5 mathematics", Rubric: rubric(), Opens: today, Closes: today.AddDate(0, 1, 0),
		Licenses: []string{"CC-BY-4.0"}, Reviews: 2, Quorum: 2, List: "math", Months: 24,
	}
}

func review(scores ...approval.Score) *approval.Review {
	v := &approval.Review{Comment: "Fine."}
	for i, c := range rubric().Criteria {
		v.Marks = append(v.Marks, approval.Mark{Criterion: c.ID, Score: scores[i%len(scores)]})
	}
	return v
}

func open() approval.Event {
	return approval.Event{Kind: approval.Opened, By: chair, Terms: terms()}
}

func submit(n int, revision string) approval.Event {
	w := work(n, revision)
	return approval.Event{Kind: approval.Submitted, By: author, Work: &w, Authors: []string{author.Name}}
}

func clear(by approval.Actor) approval.Event {
	return approval.Event{Kind: approval.Declared, By: by, Submission: 1, Declaration: &approval.Declaration{}}
}

func interest(by approval.Actor) approval.Event {
	return approval.Event{Kind: approval.Declared, By: by, Submission: 1, Declaration: &approval.Declaration{Conflict: true, Text: "A friend wrote it."}}
}

func reviewed(by approval.Actor, scores ...approval.Score) approval.Event {
	return approval.Event{Kind: approval.Reviewed, By: by, Submission: 1, Review: review(scores...)}
}

func vote(by approval.Actor, c approval.Choice) approval.Event {
	return approval.Event{Kind: approval.Voted, By: by, Submission: 1, Vote: c, Note: "because"}
}

func left(who approval.Actor) approval.Event {
	return approval.Event{Kind: approval.Left, By: chair, Submission: 1, Account: who.Name}
}

func decide(by approval.Actor, c approval.Choice) approval.Event {
	o := &approval.Outcome{Result: c}
	if c == approval.Conditions {
		o.Conditions = "Add captions."
	}
	return approval.Event{Kind: approval.Decided, By: by, Submission: 1, Outcome: o}
}

func retract(by approval.Actor) approval.Event {
	return approval.Event{Kind: approval.Retracted, By: by, Submission: 1}
}

// call is what events amount to, all of which must be in order.
func call(t testing.TB, events ...approval.Event) *approval.Call {
	t.Helper()
	c := &approval.Call{}
	for i, e := range events {
		if e.At.IsZero() {
			e.At = today.Add(time.Duration(i) * time.Minute)
		}
		var err error
		c, err = c.Next(e)
		require.NoError(t, err, "%s", e.Kind)
	}
	return c
}

func reviewing() []approval.Event {
	return []approval.Event{open(), submit(1, "a1"), clear(ana), clear(chair), interest(eve)}
}

func voting() []approval.Event {
	return append(reviewing(), clear(ben), reviewed(ana, 3, 2), reviewed(ben, 3, 1))
}

func decided(result approval.Choice) []approval.Event {
	return append(voting(), vote(ana, result), vote(ben, result), decide(chair, result))
}

func created() approval.Event {
	return approval.Event{Kind: approval.Created, By: chair, About: &approval.About{Slug: "math", Board: "board", BoardTitle: "State board", Title: "Mathematics", Language: "en"}}
}

func added(n int, revision string, change ...func(*approval.Entry)) approval.Event {
	e := &approval.Entry{Work: work(n, revision), Result: approval.Approve, Note: "Minutes of March 2", DecidedBy: "Ms. Okafor"}
	for _, f := range change {
		f(e)
	}
	return approval.Event{Kind: approval.Added, By: chair, Entry: e, Authors: []string{author.Name}}
}

func accepted(n int, revision string) approval.Event {
	w := work(n, revision)
	return approval.Event{Kind: approval.Accepted, By: chair, Work: &w}
}

func held(n int, revision string) approval.Event {
	e := accepted(n, revision)
	e.Kind = approval.Held
	return e
}

func about(kind approval.Kind, n int) approval.Event {
	return approval.Event{Kind: kind, By: chair, Resource: work(n, "a1").Identifier, Note: "because", Expires: today.AddDate(1, 0, 0)}
}

func list(t testing.TB, events ...approval.Event) *approval.List {
	t.Helper()
	l := &approval.List{}
	for i, e := range events {
		if e.At.IsZero() {
			e.At = today.Add(time.Duration(i) * time.Minute)
		}
		var err error
		l, err = l.Next(e)
		require.NoError(t, err, "%s", e.Kind)
	}
	return l
}

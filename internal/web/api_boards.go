package web

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository/approval"
)

// apiEntry is an entry of a list with what it is worth now.
type apiEntry struct {
	approval.FileItem
	Standing approval.Standing `json:"standing"`
	Newest   string            `json:"newest,omitempty"`  // the newest revision, where it is another one; nobody has decided about it
	Release  string            `json:"release,omitempty"` // what the pinned revision is called
	Newer    string            `json:"newer,omitempty"`   // what the newest one is called
}

// apiLists names the lists of this server, and those of its peers.
func (s *Server) apiLists(c *fiber.Ctx) error {
	b, err := s.boards()
	if err != nil {
		return err
	}
	x, err := b.Index(c.UserContext())
	if err != nil {
		return err
	}
	others, err := b.Elsewhere(c.UserContext())
	if err != nil {
		return err
	}
	type item struct {
		approval.IndexItem
		Set string `json:"set"` // what the search filter list= takes
	}
	out := struct {
		Lists     []item `json:"lists"`
		Elsewhere []item `json:"elsewhere"`
	}{[]item{}, []item{}}
	for _, l := range x.Lists {
		out.Lists = append(out.Lists, item{l, l.Set()})
	}
	for _, l := range others {
		out.Elsewhere = append(out.Elsewhere, item{l, l.Set()})
	}
	return s.json(c, http.StatusOK, out)
}

// apiList is a part of a list. The whole, as it is signed, is at /lists/{slug}.json.
func (s *Server) apiList(c *fiber.Ctx) error {
	l, err := s.signedList(c, c.Params("slug"))
	if err != nil {
		return err
	}
	size, after := min(max(c.QueryInt("limit", 100), 1), maxChanges), max(c.QueryInt("after"), 0)
	now := s.o.Now()
	places, counts := l.signed.Finder.Find(c.Query("q"), approval.Standing(c.Query("state")), now)
	first, _ := slices.BinarySearch(places, after) // positions count from 1
	shown := places[first:min(first+size, len(places))]
	pinned := map[string]string{}
	items := l.signed.Finder.Items(shown)
	for _, it := range items {
		pinned[it.Item.Identifier] = it.Item.Revision
	}
	newest, err := l.boards.Newest(c.UserContext(), pinned)
	if err != nil {
		return err
	}
	labels, err := l.boards.Labels(c.UserContext(), slices.Collect(maps.Keys(pinned)))
	if err != nil {
		return err
	}
	f := l.signed.File
	out := struct {
		Slug     string                    `json:"slug"`
		Title    string                    `json:"title"`
		Board    string                    `json:"board"`
		URL      string                    `json:"url"`
		Version  int                       `json:"version"`
		Modified string                    `json:"modified"`
		Total    int                       `json:"total"`
		Counts   map[approval.Standing]int `json:"counts"`
		Entries  []apiEntry                `json:"entries"`
		Next     int                       `json:"next,omitempty"` // after of the next part
	}{l.Slug, l.Title, f.Publisher.Name, f.ID, l.Version, f.Modified, len(places), counts, []apiEntry{}, 0}
	for i, it := range items {
		id := it.Item.Identifier
		named := labels[id]
		out.Entries = append(out.Entries, apiEntry{it, l.signed.Finder.Standing(shown[i], now), newest[id], named[it.Item.Revision], named[newest[id]]})
	}
	if first+size < len(places) {
		out.Next = shown[len(shown)-1] + 1
	}
	return s.json(c, http.StatusOK, out)
}

// apiCall is a call as everybody may see it.
type apiCall struct {
	ID          string             `json:"id"`
	URL         string             `json:"url"`
	Board       string             `json:"board"`
	Title       string             `json:"title"`
	Description string             `json:"description,omitempty"`
	Subjects    []string           `json:"subjects,omitempty"`
	Grades      []string           `json:"grades,omitempty"`
	Framework   string             `json:"framework,omitempty"`
	Licenses    []string           `json:"licenses,omitempty"`
	Rubric      approval.RubricRef `json:"rubric"`
	Opens       time.Time          `json:"opens"`
	Closes      time.Time          `json:"closes,omitzero"` // the last day
	Open        bool               `json:"open"`
	Reviews     int                `json:"reviews"`
	Quorum      int                `json:"quorum"`
	Months      int                `json:"months,omitempty"`
	List        string             `json:"list"`
	Number      int                `json:"submissions"`
	Submissions []apiSubmission    `json:"items,omitempty"`
}

// apiSubmission is a submission as everybody may see it: what was said of it once it is decided, and numbers before.
type apiSubmission struct {
	Number    int                 `json:"number"`
	URL       string              `json:"url"`
	State     approval.State      `json:"state"`
	Work      approval.FileWork   `json:"work"`
	At        time.Time           `json:"at"`
	Findings  []approval.Finding  `json:"findings,omitempty"`
	Reviews   int                 `json:"reviews"`
	Votes     int                 `json:"votes"`
	Outcome   *approval.Outcome   `json:"outcome,omitempty"`
	Scores    []approval.Mean     `json:"scores,omitempty"`
	Agreement *approval.Agreement `json:"agreement,omitempty"`
}

func (s *Server) apiCallOf(call *approval.Call) apiCall {
	return apiCall{
		ID: call.ID, URL: s.o.BaseURL + callPath(call.ID), Board: call.Board, Title: call.Title, Description: call.Description, Subjects: call.Subjects,
		Grades: call.Grades, Framework: call.Framework, Licenses: call.Licenses, Rubric: call.Rubric.Ref(), Opens: call.Opens, Closes: call.Closes,
		Open: call.Open(s.o.Now()), Reviews: call.Terms.Reviews, Quorum: call.Quorum, Months: call.Months, List: call.List, Number: len(call.Submissions),
	}
}

// apiCalls names the calls, the newest first; open=1: those that take submissions now.
func (s *Server) apiCalls(c *fiber.Ctx) error {
	b, err := s.boards()
	if err != nil {
		return err
	}
	calls, err := b.Calls(c.UserContext())
	if err != nil {
		return err
	}
	out := struct {
		Calls []apiCall `json:"calls"`
	}{[]apiCall{}}
	for _, call := range calls {
		board := cmp.Or(c.Query("board"), call.Board)
		if board == call.Board && (c.Query("open") == "" || call.Open(s.o.Now())) {
			out.Calls = append(out.Calls, s.apiCallOf(call))
		}
	}
	return s.json(c, http.StatusOK, out)
}

// apiCall is one call with what was submitted to it.
func (s *Server) apiCall(c *fiber.Ctx) error {
	b, err := s.boards()
	if err != nil {
		return err
	}
	call, err := b.Call(c.UserContext(), c.Params("call"))
	if err != nil {
		return err
	}
	out := s.apiCallOf(call)
	for _, one := range call.Submissions {
		v := apiSubmission{
			Number: one.Number, URL: s.o.BaseURL + submissionPath(call.ID, one.Number), State: one.State(), Work: approval.WorkOf(one.Work), At: one.At,
			Findings: one.Findings, Reviews: len(one.Reviews), Votes: len(one.Votes),
		}
		if one.Outcome != nil {
			agreement, outcome := approval.Agree(call.Rubric, one.Reviews), *one.Outcome
			outcome.By = "" // an account
			v.Outcome, v.Scores, v.Agreement = &outcome, approval.Means(call.Rubric, one.Reviews), &agreement
		}
		out.Submissions = append(out.Submissions, v)
	}
	return s.json(c, http.StatusOK, out)
}

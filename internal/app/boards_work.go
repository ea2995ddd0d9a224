package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// Work pins the revision that a resource is at, and names the accounts of this server that wrote it. What another server
// has is fetched, so that the hash of its tree is what is really there.
func (b *Boards) Work(ctx context.Context, r repository.Resource) (approval.Work, []string, error) {
	if r.Deleted || r.Metadata.Type == metadata.List {
		return approval.Work{}, nil, fmt.Errorf("%w: only published materials go on lists", kind.ErrInvalid)
	}
	w := approval.Work{
		ID: string(r.ID), Identifier: r.Identifier, Title: r.Metadata.Title, Revision: r.Revision, License: string(r.License),
		Language: r.Metadata.Language, Subjects: r.Metadata.Subjects, Grades: r.Metadata.Grades, Published: r.Modified,
	}
	if !r.Own() {
		return b.harvestedWork(ctx, r, w)
	}
	w.URL, w.Git, w.Path = b.app.Repository.URL(r.Address), b.app.Repository.GitURL(r.Address), r.Address.Part
	at, err := b.app.Repository.Location(ctx, r.Address.Owner, r.Address.Slug)
	if err != nil {
		return w, nil, err
	}
	view, err := b.app.git.Open(ctx, at)
	if err != nil {
		return w, nil, err
	}
	commit, err := view.Commit(ctx, r.Revision)
	if err != nil {
		return w, nil, err
	}
	w.Tree = commit.Tree
	history, err := view.History(ctx, r.Revision, w.Path, maxVersions)
	if err != nil {
		return w, nil, err
	}
	labels, err := b.app.Repository.Labels(ctx, r.Address)
	if err != nil {
		return w, nil, err
	}
	if w.Version = labels[r.Revision]; w.Version == "" && len(history) < maxVersions {
		w.Version = strconv.Itoa(len(history))
	}
	authors, err := b.authors(ctx, r, history)
	return w, authors, err
}

// maxVersions is how far back versions are counted and authors looked for.
const maxVersions = 500

// authors are the accounts of this server that may have written a history: those that its commits name, the person whose
// namespace it is in, the members of the team that has it, and who may edit it. Commits alone do not say: with git push
// everybody writes into them what they like.
func (b *Boards) authors(ctx context.Context, r repository.Resource, history []gitstore.Commit) ([]string, error) {
	names := []string{r.Address.Owner}
	for _, c := range history {
		if name, own := strings.CutSuffix(c.AuthorEmail, "@"+b.app.settings.Identifier); own {
			names = append(names, name)
		}
	}
	grants, err := b.app.Accounts.Grants(ctx, accounts.OnResource(r.Address.Owner, r.Address.Slug))
	if err != nil {
		return nil, err
	}
	for _, g := range grants {
		names = append(names, g.Account)
	}
	members, err := b.app.Accounts.Members(ctx, r.Address.Owner)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		names = append(names, m.Account)
	}
	seen := map[string]bool{}
	names = slices.DeleteFunc(names, func(name string) bool { again := seen[name]; seen[name] = true; return again })
	return names[:min(len(names), maxAuthors)], nil
}

// maxAuthors is how many authors a decision names.
const maxAuthors = 100

func (b *Boards) harvestedWork(ctx context.Context, r repository.Resource, w approval.Work) (approval.Work, []string, error) {
	w.URL, w.Git, w.Path = r.Origin.URL, r.Origin.Git, r.Origin.Path
	if w.Git == "" || w.Revision == "" {
		return w, nil, fmt.Errorf("%w: %s can be read at its home only; nobody can pin a revision of it", kind.ErrInvalid, w.Title)
	}
	tree, err := treeAt(ctx, gitstore.New(new(blob.Memory), gitstore.Options{}), gitstore.Remote{URL: w.Git, Client: b.app.client}, w.Revision)
	w.Tree = tree
	return w, nil, err
}

// treeAt fetches a revision from somewhere into an empty store, checks every object of it, and returns its tree.
func treeAt(ctx context.Context, store *gitstore.Store, from gitstore.Remote, revision string) (string, error) {
	view, err := store.Fetch(ctx, "verify", from, revision)
	if err != nil {
		return "", err
	}
	commit, err := view.Commit(ctx, revision)
	return commit.Tree, err
}

// findings are what a machine can say of a revision before anybody reviews it.
func (b *Boards) findings(ctx context.Context, c *approval.Call, r repository.Resource) ([]approval.Finding, error) {
	list := []approval.Finding{b.licenseFinding(r)}
	if r.Own() {
		report, err := b.app.Repository.Report(ctx, r)
		if err != nil {
			return nil, err
		}
		url := b.app.Repository.URL(r.Address) + "@" + r.Revision + "/report"
		list = append(list, gateFinding(report, url), accessFinding(report, url))
	}
	list = append(list, b.coverageFinding(c, r))
	if c.List != "" {
		changes, err := b.changesFinding(ctx, c.List, r)
		if err != nil {
			return nil, err
		}
		list = append(list, changes)
	}
	return list, nil
}

// licenseFinding is the proof over the whole provenance graph.
func (b *Boards) licenseFinding(r repository.Resource) approval.Finding {
	f := approval.Finding{Check: "license", Grade: approval.Passed, URL: b.page(r)}
	graph, _ := b.app.Repository.Graph(r)
	known, ok := licensing.Lookup(r.License)
	switch {
	case !ok:
		f.Grade = approval.Failed
		f.Says("The license is not cleared.", "license-unclear")
		return f
	default:
		n := len(graph.Works)
		f.Says(fmt.Sprintf("%s, over %d works that it is made of.", known.Short, n), "license-over", "License", known.Short, "N", strconv.Itoa(n))
	}
	if refusal := b.app.Repository.Refusal(r); refusal != nil {
		f.Grade = approval.Warned
		for _, reason := range refusal.Reasons {
			f.Add(reason.Text, inSpanish(reason))
		}
	}
	for _, w := range graph.Works {
		if l, ok := licensing.Lookup(w.License); !ok || l.Unclear {
			f.Grade = approval.Failed
			f.Add(w.Title+": The license is not cleared.", approval.Note{Before: w.Title + ": ", Code: "finding.said.license-unclear"})
		}
	}
	if answer, funded := repository.Funding(r); funded {
		if answer.Verdict != licensing.Compliant && answer.Verdict != licensing.NotApplicable {
			f.Grade = approval.Warned
		}
		for _, reason := range answer.Reasons {
			f.Add(reason.Text, inSpanish(reason))
		}
	}
	return f
}

// inSpanish is a reason of the license rules for readers of Spanish.
func inSpanish(r licensing.Reason) approval.Note {
	return approval.Note{In: map[string]string{"es": r.In("es")}}
}

func (b *Boards) page(r repository.Resource) string {
	if r.Own() {
		return b.app.Repository.URL(r.Address)
	}
	return b.app.Repository.Permalink(r.ID)
}

// gateFinding is what the release gate found beside the license and accessibility.
func gateFinding(report repository.Report, url string) approval.Finding {
	f := approval.Finding{Check: "metadata", Grade: approval.Passed, URL: url}
	f.Says("Nothing is missing.", "complete")
	found := 0
	for _, check := range report.Checks() {
		switch check.Name {
		case "metadata", "alignments", "links", "sizes", "offline":
		default:
			continue
		}
		found += len(check.Problems)
		places(&f, "", check.Problems)
		if check.State == repository.CheckFailed {
			f.Grade = approval.Failed
		} else if check.State == repository.CheckWarned && f.Grade == approval.Passed {
			f.Grade = approval.Warned
		}
	}
	if found > 0 {
		f.Says(fmt.Sprintf("%d to look at.", found), "look", "N", strconv.Itoa(found))
	}
	return f
}

// accessFinding is the revision's conformance to WCAG.
func accessFinding(report repository.Report, url string) approval.Finding {
	criteria := report.Conformance()
	n := repository.ConformanceCounts(criteria)
	f := approval.Finding{Check: "accessibility", Grade: approval.Passed, URL: url}
	passed, failed, person, none := n[repository.CheckPassed], n[repository.CheckFailed], n[repository.CheckPerson], n[repository.CheckNothing]
	f.Says(fmt.Sprintf("WCAG 2.1, levels A and AA: %d criteria passed, %d not, %d need a person, %d do not apply.", passed, failed, person, none), "wcag",
		"Passed", strconv.Itoa(passed), "Failed", strconv.Itoa(failed), "Person", strconv.Itoa(person), "None", strconv.Itoa(none))
	for _, c := range criteria {
		if c.State == repository.CheckFailed {
			f.Grade = approval.Warned // people weigh it: a board may set a condition
			places(&f, c.Number+" ", c.Places)
		}
	}
	for _, check := range report.Checks() {
		if check.Name == "reading" && check.State == repository.CheckWarned {
			f.Grade = approval.Warned
			places(&f, "", check.Problems)
		}
	}
	return f
}

// places adds problems one by one.
func places(f *approval.Finding, before string, problems metadata.Problems) {
	for _, p := range problems {
		at := fmt.Sprintf("%s%s:%d: ", before, p.File, p.Line)
		f.Add(at+p.Message, approval.Note{Before: at, Code: "problem." + p.Code})
	}
}

// coverageFinding says which statements of the call's framework the material teaches or assesses.
func (b *Boards) coverageFinding(c *approval.Call, r repository.Resource) approval.Finding {
	f := approval.Finding{Check: "coverage", Grade: approval.Unchecked}
	f.Says("The call names no framework.", "no-framework")
	if c.Framework == "" {
		return f
	}
	library, seen := b.app.Standards(), map[string]bool{}
	m := r.Metadata.Alignments
	for _, code := range slices.Concat(m.Teaches, m.Assesses) {
		if s := library.Resolve(code); s.Framework == c.Framework && !seen[s.Code] {
			seen[s.Code] = true
			f.Add(s.Code, approval.Note{Before: s.Code})
		}
	}
	f.Grade = approval.Passed
	f.Says(fmt.Sprintf("%d statements of %s.", len(seen), c.Framework), "coverage", "N", strconv.Itoa(len(seen)), "Framework", c.Framework)
	if len(seen) == 0 {
		f.Grade = approval.Warned
	}
	if r.Own() {
		f.URL = b.app.Config.BaseURL + "/standards/" + c.Framework + "/coverage?of=unit:" + r.Address.Root().String()
	}
	return f
}

// changesFinding says what changed since the revision that is on the list.
func (b *Boards) changesFinding(ctx context.Context, list string, r repository.Resource) (approval.Finding, error) {
	f := approval.Finding{Check: "changes", Grade: approval.Unchecked}
	f.Says("No revision of it was approved before.", "first")
	l, err := b.List(ctx, list)
	if errors.Is(err, kind.ErrNotFound) {
		return f, nil
	}
	if err != nil {
		return f, err
	}
	e, ok := l.Entry(r.Identifier)
	if !ok || !r.Own() {
		return f, nil
	}
	changed, err := b.app.Repository.WhatChanged(ctx, r, e.Revision)
	if errors.Is(err, kind.ErrNotFound) {
		f.Says("The revision that was approved is not there any more.", "gone")
		return f, nil
	}
	if err != nil {
		return f, err
	}
	f.Grade = approval.Warned
	says(&f, changed)
	f.URL = b.app.Repository.URL(r.Address) + "/compare/" + e.Revision + ".." + r.Revision
	return f, nil
}

// says puts what changed into a finding.
func says(f *approval.Finding, c repository.Changed) {
	if c.Empty() {
		f.Says("Nothing changed since the approved revision.", "unchanged")
	} else {
		f.Says(fmt.Sprintf("Since the approved revision %d blocks of text differ, in %d files.", c.Blocks, c.Count()), "changed",
			"Blocks", strconv.Itoa(c.Blocks), "Files", strconv.Itoa(c.Count()))
	}
	for _, l := range c.Lines() {
		f.Add(l.Text, approval.Note{Code: l.Code, After: l.After})
	}
}

package web

import (
	"context"
	"errors"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/merge"
	"github.com/commonplace-oer/commonplace/themes"
)

const (
	countTime     = 2 * time.Second // how long a lesson's page waits for how many changes there are upstream
	upstreamsKept = 1000
)

// upstreamKey names what is merged to count the changes upstream: a remix and its source, as they are.
type upstreamKey struct {
	remix    repository.ID
	revision repository.Revision
	source   repository.Revision
}

// pullShow shows what changed at a remix's source: what comes in by itself, and what both changed.
func (s *Server) pullShow(c *fiber.Ctx, l located) error {
	a, err := s.editor(c, l)
	if err != nil {
		return err
	}
	out, err := s.o.Repository.Pull(c.UserContext(), repository.Pull{Address: l.place.Root(), Actor: s.actor(a), DryRun: true})
	return s.pullPage(c, l, out, err, nil)
}

// pullPublish publishes the remix with its source's changes, if everything is decided.
func (s *Server) pullPublish(c *fiber.Ctx, l located) error {
	a, err := s.editor(c, l)
	if err != nil {
		return err
	}
	sent, err := form(c)
	if err != nil {
		return err
	}
	ctx := c.UserContext()
	p := repository.Pull{Address: l.place.Root(), Actor: s.actor(a), Choices: choices(sent), DryRun: true}
	out, err := s.o.Repository.Pull(ctx, p)
	if err != nil || out.UpToDate || sent.Get("base") != l.Newest || sent.Get("upstream") != out.Source.Revision {
		return s.pullPage(c, l, out, err, sent)
	}
	p.DryRun = false
	out, err = s.o.Repository.Pull(ctx, p)
	if err != nil {
		return s.pullPage(c, l, out, err, sent)
	}
	s.changed(c)
	return redirect(c, pathOf(l.place.Root(), "")+"?notice=published")
}

// sourceLabels are what the revisions of a remix's source are called; of one elsewhere its newest release is known.
func (s *Server) sourceLabels(ctx context.Context, source repository.Resource) (repository.Labels, error) {
	if source.Own() {
		return s.o.Repository.Labels(ctx, source.Address)
	}
	labels := repository.Labels{}
	if r := source.Released; r != nil {
		labels[r.Revision] = r.Version
	}
	return labels, nil
}

// choices are the decisions of a form, by the conflict.
func choices(sent url.Values) map[string]merge.Choice {
	list := map[string]merge.Choice{}
	for name := range sent {
		id, ok := strings.CutPrefix(name, "take-")
		if !ok {
			continue
		}
		choice := merge.Choice{Take: merge.Take(sent.Get(name))}
		if choice.Take == merge.Edited {
			choice.Text = []byte(sent.Get("text-" + id))
		}
		list[id] = choice
	}
	return list
}

// pullPage shows the changes, with what was sent already.
func (s *Server) pullPage(c *fiber.Ctx, l located, out repository.Pulled, err error, sent url.Values) error {
	var invalid *repository.InvalidError
	undecided := errors.Is(err, kind.ErrConflict) && len(out.Merge.Conflicts) > 0
	refused := errors.As(err, &invalid) && out.Merge.Files != nil
	if err != nil && !undecided && !refused {
		return err
	}
	ctx, page := c.UserContext(), pathOf(l.place.Root(), "")
	v := themes.Pull{
		Title: l.Metadata.Title, URL: page, Action: page + "/pull", Language: l.Metadata.Language, Base: l.Newest, Upstream: out.Source.Revision,
		Source: themes.Link{Label: out.Source.Metadata.Title, URL: linkOf(out.Source)}, SourceLanguage: out.Source.Metadata.Language,
		UpToDate: out.UpToDate,
	}
	called, err := s.sourceLabels(ctx, out.Source)
	if err != nil {
		return err
	}
	if !out.UpToDate && out.From != "" {
		v.From, v.Now = called.Of(out.From), called.Of(out.Source.Revision)
	}
	if refused {
		v.Problems = s.spoken(invalid.Problems, language(c))
	}
	if !out.UpToDate {
		n := out.Merge.Summary()
		v.Changes, v.Clean, v.Need = n.Upstream, n.Clean, n.Conflicts
		v.Conflicts = s.choosing(out.Merge.Conflicts, v.Language, page, sent)
		if v.Files, err = s.incoming(ctx, l, out.Merge, s.differ(page, v.Language)); err != nil {
			return err
		}
	}
	if sent != nil {
		v.Overtaken = sent.Get("base") != v.Base || sent.Get("upstream") != v.Upstream
		v.Undecided = undecided && !v.Overtaken
		c.Status(http.StatusConflict)
		if refused {
			c.Status(http.StatusUnprocessableEntity)
		}
	}
	return s.page(c, "pull", themes.Frame{}, v)
}

// incoming compares the resource as it is with what a merge makes of it.
func (s *Server) incoming(ctx context.Context, l located, m merge.Result, d *differ) ([]themes.FileDiff, error) {
	var list []change
	for _, ch := range m.Changes {
		list = append(list, change{path: ch.Path, from: ch.From, kind: string(ch.Kind)})
	}
	root, err := s.o.Repository.Resource(ctx, l.place.Root())
	if err != nil {
		return nil, err
	}
	old, err := s.o.Repository.Files(ctx, root)
	if err != nil {
		return nil, err
	}
	return d.files(ctx, list, old, treeFS(m.Files))
}

// treeFS is a merged tree as files to read.
func treeFS(t merge.Tree) fs.FS {
	files := fstest.MapFS{}
	for name, f := range t {
		files[name] = &fstest.MapFile{Data: f.Data, Mode: 0o644}
	}
	return files
}

// choosing shows each conflict as the lesson would show it.
func (s *Server) choosing(conflicts []merge.Conflict, language, page string, sent url.Values) []themes.Choosing {
	d := s.differ(page, language)
	var list []themes.Choosing
	for _, c := range conflicts {
		v := themes.Choosing{
			ID: c.ID, Path: c.Path, Under: c.Under, Field: c.Field, Kind: string(c.Kind), In: c.In,
			Take: sent.Get("take-" + c.ID), Text: string(c.Ours),
			Editable: !c.Binary && c.Kind != merge.FileRenamed && c.Kind != merge.PathTaken,
			Both:     slices.Contains([]merge.ConflictKind{merge.TextChanged, merge.BlockInserted, merge.FileAdded}, c.Kind) && c.Field == "",
		}
		if t := sent.Get("text-" + c.ID); t != "" {
			v.Text = t
		}
		v.Base, v.Ours, v.Theirs = d.side(c, c.Base, c.Path), d.side(c, c.Ours, c.OurPath), d.side(c, c.Theirs, c.TheirPath)
		list = append(list, v)
	}
	return list
}

// side renders one side of a conflict.
func (d *differ) side(c merge.Conflict, text []byte, name string) template.HTML {
	switch {
	case text == nil:
		return ""
	case c.Binary || c.Kind == merge.FileRenamed || c.Kind == merge.PathTaken:
		return template.HTML("<code>" + template.HTMLEscapeString(name) + "</code>") //nolint:gosec // escaped
	case c.Field != "":
		return template.HTML("<p>" + template.HTMLEscapeString(string(text)) + "</p>") //nolint:gosec // escaped
	case c.Type == "" && !strings.HasSuffix(c.Path, ".md"):
		return d.shown(merge.Lines, text)
	}
	return d.shown(c.Type, text)
}

// upstreamView tells who may edit a remix that its source has changed; nil where it has not.
func (s *Server) upstreamView(ctx context.Context, l located) (*themes.Upstream, error) {
	if l.place.Part != "" || len(l.Metadata.Sources) == 0 || l.Metadata.TranslationOf != nil { // a translation follows block by block
		return nil, nil
	}
	source, changed, err := s.o.Repository.Upstream(ctx, l.Resource)
	if errors.Is(err, kind.ErrNotFound) || err == nil && !changed {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v := &themes.Upstream{URL: pathOf(l.place.Root(), "") + "/pull", Title: source.Metadata.Title, Language: source.Metadata.Language}
	n, err := s.upstreamCount(ctx, l, source)
	if err == nil {
		v.Changes, v.Clean, v.Need = n.Upstream, n.Clean, n.Conflicts
	}
	return v, nil // without numbers where its home does not answer in time
}

// upstreamCount counts the changes upstream, once for each pair of revisions: it merges all files of both.
func (s *Server) upstreamCount(ctx context.Context, l located, source repository.Resource) (merge.Counts, error) {
	key := upstreamKey{l.ID, l.Newest, source.Revision}
	if n, known := s.upstreams.Get(key); known {
		return n, nil
	}
	short, cancel := context.WithTimeout(ctx, countTime)
	defer cancel()
	out, err := s.o.Repository.Pull(short, repository.Pull{Address: l.place.Root(), DryRun: true})
	if err != nil && len(out.Merge.Conflicts) == 0 {
		return merge.Counts{}, err
	}
	n := out.Merge.Summary()
	if out.Source.Revision == source.Revision {
		s.upstreams.Add(key, n)
	}
	return n, nil
}

// offerBack is where an editor offers a remix's text to its source; "" where there is nowhere.
func (s *Server) offerBack(ctx context.Context, l located) string {
	if l.place.Part != "" || len(l.Metadata.Sources) == 0 {
		return ""
	}
	source, _, err := s.o.Repository.Upstream(ctx, l.Resource)
	if err != nil || !source.Own() && (s.o.Letters == nil || source.Origin.Git == "") {
		return ""
	}
	return linkOf(source) + "/suggest?from=" + string(l.ID)
}

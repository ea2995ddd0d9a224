package app

import (
	"context"
	"io"
	"iter"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/commonplace-oer/commonplace/internal/mirror"
	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository"
)

// ExportSite writes the whole catalog as plain files that any file server can serve. See [mirror.Write] for what is in them
// and for errors. BaseURL is where they will be served, "" where that is not known.
func (a *App) ExportSite(ctx context.Context, dir, baseURL string, languages []string, progress func(done, known int)) (mirror.Report, error) {
	s, err := a.NewServer("", nil)
	if err != nil {
		return mirror.Report{}, err
	}
	return mirror.Write(ctx, &site{a, s}, mirror.Options{
		Dir: dir, Origin: a.Config.BaseURL, BaseURL: baseURL, Languages: languages, Progress: progress,
	})
}

// site is the server as a mirror reads it: within this process.
type site struct {
	app    *App
	server *Server
}

func (s *site) Get(ctx context.Context, address, language string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.app.Config.BaseURL+address, nil)
	if err != nil {
		return nil, err
	}
	if language != "" {
		r.Header.Set("Accept-Language", language)
	}
	return s.server.web.Test(r)
}

func (s *site) Text(language, key string) string { return s.server.themes.Text(language, key) }

// exportBatch is how many changes are read at once.
const exportBatch = 500

// resources are all live ones, in the order in which they changed last.
func (s *site) resources(ctx context.Context) iter.Seq2[repository.Resource, error] {
	return func(yield func(repository.Resource, error) bool) {
		for after := int64(0); ; {
			changes, err := s.app.Catalog.Changes(ctx, after, exportBatch)
			if err != nil {
				yield(repository.Resource{}, err)
				return
			}
			if len(changes) == 0 {
				return
			}
			from := after
			ids := make([]repository.ID, len(changes))
			for i, c := range changes {
				ids[i], after = repository.ID(c.ID), c.Seq
			}
			list, err := s.app.Catalog.Resources(ctx, ids)
			if err != nil {
				yield(repository.Resource{}, err)
				return
			}
			for _, r := range list {
				if r.Seq > from && r.Seq <= after && !r.Deleted && !yield(r, nil) {
					return
				}
			}
		}
	}
}

func (s *site) Entries(ctx context.Context) iter.Seq2[mirror.Entry, error] {
	return func(yield func(mirror.Entry, error) bool) {
		for r, err := range s.resources(ctx) {
			if err != nil {
				yield(mirror.Entry{}, err)
				return
			}
			if !yield(s.entry(r), nil) {
				return
			}
		}
	}
}

func (s *site) entry(r repository.Resource) mirror.Entry {
	m := r.Metadata
	e := mirror.Entry{
		Address: pageOf(r), Title: m.Title, Description: m.Description, Language: m.Language, Type: string(m.Type), Grades: m.Grades, Text: r.Text,
		Words: append(append([]string{}, m.Subjects...), m.Keywords...),
	}
	if l, ok := licensing.Lookup(r.License); ok {
		e.License = l.Short
	}
	if r.Origin != nil {
		e.Source = r.Origin.Peer
	}
	for _, c := range m.Creators {
		e.Words = append(e.Words, c.Name)
	}
	for _, list := range [][]string{m.Alignments.Teaches, m.Alignments.Assesses} {
		for _, code := range list {
			e.Codes = append(e.Codes, s.spellings(code)...)
		}
	}
	return e
}

// cluster is the letter in a code of the Common Core that people leave out: 5.NF.B.3.
var cluster = regexp.MustCompile(`^((?:[0-9K]+|HS[A-Z])[.-][A-Z]+)\.[A-Z]\.([0-9]+.*)$`)

// spellings are the code of a statement as people may type it.
func (s *site) spellings(code string) []string {
	if st, ok := s.app.Standards().Statement(code); ok && st.Code != "" {
		code = st.Code
	} else if found := s.app.Standards().Resolve(code); found.Code != "" {
		code = found.Code
	}
	list := []string{code}
	for _, prefix := range []string{"CCSS.MATH.CONTENT.", "CCSS.ELA-LITERACY."} {
		if len(code) > len(prefix) && strings.EqualFold(code[:len(prefix)], prefix) {
			code = code[len(prefix):]
			list = append(list, code)
		}
	}
	if m := cluster.FindStringSubmatch(code); m != nil {
		list = append(list, m[1]+"."+m[2])
	}
	return list
}

// pageOf is the address of a resource's page: a harvested one has it by its id.
func pageOf(r repository.Resource) string {
	if !r.Own() {
		return "/id/" + string(r.ID)
	}
	return (&url.URL{Path: "/r/" + r.Address.String()}).EscapedPath()
}

func (s *site) Repositories(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for r, err := range s.resources(ctx) {
			if err != nil {
				yield("", err)
				return
			}
			if r.Own() && r.Unit == "" && !yield(pageOf(r)+".git", nil) {
				return
			}
		}
	}
}

func (s *site) Repository(ctx context.Context, address string, put func(path string, data io.Reader) error) error {
	owner, slug, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(address, "/r/"), ".git"), "/")
	at, err := s.app.Repository.Location(ctx, owner, slug)
	if err != nil {
		return err
	}
	r, err := s.app.git.Open(ctx, at)
	if err != nil {
		return err
	}
	return r.Bare(ctx, put)
}

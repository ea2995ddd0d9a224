package repository

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing/fstest"
	"time"

	"github.com/google/uuid"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// RemixPlan is what a remix of a resource would start from.
type RemixPlan struct {
	Source   Resource
	Options  []licensing.Option // what the remix may be licensed, best first, and what not, with the reasons
	Metadata metadata.Metadata  // of the remix: the source's, with the actor as its creator and the source named
	Body     string             // Markdown
	Slug     string             // a free address in the actor's namespace

	owner string
	files fstest.MapFS
	base  *gitstore.Repository // nil: the plan has not come to its end
}

// License is the best license that the remix may have; empty if none.
func (p RemixPlan) License() licensing.ID {
	if ids := offered(p.Options); len(ids) > 0 {
		return ids[0]
	}
	return ""
}

// Remix is a remix to be published. What is nil is taken from the source; an empty license is the best allowed one.
type Remix struct {
	Source  ID
	Owner   string
	Slug    string // empty: one is made from the title
	License licensing.ID
	Title   *string
	Body    *string
	Changes string // what was changed, in a few words
	Actor   Actor
	DryRun  bool

	// Free is the Slug of the plan that its author saw; empty: nobody saw one. If the very same remix has been published since,
	// it was sent twice: the Outcome is that one, Unchanged. So it is with a translation, of which there is one.
	Free string

	Translation *Translation // nil: it is not one
}

// Translation says that a remix is its source in another language.
type Translation struct {
	Language    string   // BCP 47
	Revision    Revision // of the source, that was translated
	Description string   // in that language; empty: none
}

// PlanRemix prepares a remix: the license options, the text, the credit. The files of a harvested resource are fetched
// from its home by git and verified. A source whose licenses forbid every remix is a *LicenseError.
func (s *Service) PlanRemix(ctx context.Context, id ID, owner string, actor Actor) (p RemixPlan, err error) {
	defer annotate(&err, "remix", id)
	r, err := s.o.Catalog.ByID(ctx, id)
	if err != nil {
		return RemixPlan{}, err
	}
	if r.Origin != nil {
		// What another peer passes on is remixed from its home, under the license that it has there.
		if home, err := s.o.Catalog.ByIdentifier(ctx, r.Identifier); err == nil {
			r = home
		} else if !errors.Is(err, kind.ErrNotFound) {
			return RemixPlan{}, err
		}
	}
	if r.Deleted {
		return RemixPlan{}, fmt.Errorf("%s was withdrawn: %w", r.Identifier, kind.ErrNotFound)
	}
	g, ref := s.Graph(r)
	p = RemixPlan{Source: r, owner: owner}
	if p.Options, err = s.besideParts(ctx, r, g.Outputs(licensing.Adaptation, []string{ref})); err != nil {
		return p, err
	}
	if p.License() == "" {
		return p, refusal(p, "")
	}
	if p.base, p.files, err = s.sourceFiles(ctx, r); err != nil {
		return p, err
	}
	index := p.files["index.md"]
	if index == nil {
		return p, fmt.Errorf("the source has no index.md: %w", kind.ErrNotFound)
	}
	doc, _ := metadata.Parse("index.md", index.Data)
	p.Metadata = r.Metadata
	p.Metadata.License = string(p.License())
	p.Metadata.Creators = []metadata.Agent{{Name: actor.Display, URL: actor.URL}}
	p.Metadata.Sources = []metadata.Source{s.sourceOf(r, "")}
	p.Metadata.TranslationOf = nil
	p.Metadata.Funding = nil
	p.Body = s.outward(string(doc.Body), r)
	p.Slug, err = s.freeSlug(ctx, owner, r.Metadata.Title)
	return p, err
}

// Remix publishes a resource made from another, with its source, license and credit in the front matter and the source's
// history in its own. A license that the source's licenses forbid is a *LicenseError that names those that would do.
func (s *Service) Remix(ctx context.Context, m Remix) (o Outcome, err error) {
	_, o, err = s.remix(ctx, m)
	return o, err
}

// CheckRemix is what Remix would say of a remix by this plan, with the index.md that it would publish. Problems for which that
// would be refused are among the others; the errors are those of Remix for other reasons. The plan stays as it is.
func (s *Service) CheckRemix(ctx context.Context, p RemixPlan, m Remix) (index []byte, problems metadata.Problems, err error) {
	if p.base == nil {
		return nil, nil, fmt.Errorf("remix %s: its files are not there: %w", p.Source.Identifier, kind.ErrInvalid)
	}
	m.DryRun = true
	index, o, err := s.remixBy(ctx, p, m)
	if invalid, ok := errors.AsType[*InvalidError](err); ok {
		return index, invalid.Problems, nil
	}
	return index, o.Problems, err
}

func (s *Service) remix(ctx context.Context, m Remix) (index []byte, o Outcome, err error) {
	p, err := s.PlanRemix(ctx, m.Source, m.Owner, m.Actor)
	if err != nil {
		return nil, Outcome{}, err
	}
	return s.remixBy(ctx, p, m)
}

// remixBy carries out a plan, of which it takes what it changes as its own.
func (s *Service) remixBy(ctx context.Context, p RemixPlan, m Remix) (index []byte, o Outcome, err error) {
	defer annotate(&err, "remix", p.Source.Identifier)
	p.files, p.Metadata.Sources = maps.Clone(p.files), slices.Clone(p.Metadata.Sources)
	license := m.License
	if license == "" {
		license = p.License()
	}
	if !slices.Contains(offered(p.Options), license) {
		return nil, Outcome{}, refusal(p, license)
	}
	text := string(license)
	p.Metadata.Sources[0].Changes = strings.TrimSpace(m.Changes)
	change := fullEdit(p.Metadata)
	change.License = &text
	change.Title, change.Body = m.Title, m.Body
	if m.Title == nil {
		change.Title = &p.Metadata.Title
	}
	if m.Body == nil {
		change.Body = &p.Body
	}
	if t := m.Translation; t != nil {
		p.Metadata.Sources[0].Revision = t.Revision
		change.Language, change.Description = &t.Language, &t.Description
		change.TranslationOf = &metadata.Pin{ID: p.Source.Identifier, Revision: t.Revision}
	}
	if err := keepParts(p.files, p.Source); err != nil {
		return nil, Outcome{}, err
	}
	if err := rewrite(p.files, "", change); err != nil {
		return nil, Outcome{}, err
	}
	o, err = s.place(ctx, p, m, *change.Title)
	return p.files["index.md"].Data, o, err
}

// place publishes a remix at the address that it asks for, or else at the next free one of its title.
func (s *Service) place(ctx context.Context, p RemixPlan, m Remix, title string) (Outcome, error) {
	slug := m.Slug
	if slug == "" && m.Owner == p.owner && title == p.Source.Metadata.Title {
		slug = p.Slug
	}
	for {
		if slug == "" {
			var err error
			if slug, err = s.freeSlug(ctx, m.Owner, title); err != nil {
				return Outcome{}, err
			}
		}
		if m.Slug == "" && (m.Free != "" || m.Translation != nil) && !m.DryRun {
			if o, err := s.sentBefore(ctx, p, m, Slug(title), slug); err != nil || o.Unchanged {
				return o, err
			}
		}
		o, err := s.publishRemix(ctx, p, Publication{
			Owner: m.Owner, Slug: slug, Files: p.files, Actor: m.Actor, DryRun: m.DryRun,
			Message: "Remix " + p.Source.Metadata.Title, origins: p.Metadata.Sources,
		})
		if m.Slug != "" || !errors.Is(err, kind.ErrConflict) {
			return o, err
		}
		if _, found, lost := s.find(ctx, m.Owner+"/"+slug); lost != nil || !found {
			return o, err
		}
		slug = "" // somebody took the address a moment ago
	}
}

// sentBefore is what stands before the first free address of a title, if it is the very remix that is to be published and was
// not there when its author began. Otherwise it is not Unchanged.
func (s *Service) sentBefore(ctx context.Context, p RemixPlan, m Remix, base, free string) (Outcome, error) {
	n, err := strconv.Atoi(strings.TrimPrefix(free, base+"-"))
	if free == m.Free || free == base || err != nil {
		return Outcome{}, nil
	}
	r, found, err := s.find(ctx, m.Owner+"/"+numbered(base, n-1))
	if err != nil || !found || r.Deleted {
		return Outcome{}, err
	}
	files, err := s.Files(ctx, r)
	if err != nil {
		return Outcome{}, err
	}
	there, err := fs.ReadFile(files, "index.md") // which names the source and its revision, and so all other files
	return Outcome{Resource: r, Unchanged: err == nil && bytes.Equal(there, p.files["index.md"].Data)}, err
}

// publishRemix is Publish with the source's history underneath.
func (s *Service) publishRemix(ctx context.Context, p RemixPlan, publication Publication) (Outcome, error) {
	if err := CheckSlug(publication.Slug); err != nil {
		return Outcome{}, err
	}
	limits := s.o.Limits
	if s.o.Standards != nil {
		limits.Standards = s.o.Standards()
	}
	tree, problems := s.check(publication.Files, limits)
	if problems.Refuse() {
		return Outcome{Problems: problems}, &InvalidError{Problems: problems}
	}
	files, large, err := s.takeFiles(publication.Files, tree)
	if err != nil {
		return Outcome{}, err
	}
	if !publication.DryRun {
		if err := s.fetchMedia(ctx, p.Source, files); err != nil {
			return Outcome{}, err
		}
	}
	o, err := s.save(ctx, draft{
		publication: publication, files: files, large: large, contents: s.looker.contentsOf(publication.Files, printsOf(files), tree),
		base: p.base, parent: p.Source.Revision, family: p.base.Location().Family,
	})
	o.Problems = append(problems, o.Problems...)
	return o, err
}

// sourceFiles returns the view that holds a resource's revision, and the files of its folder there.
func (s *Service) sourceFiles(ctx context.Context, r Resource) (*gitstore.Repository, fstest.MapFS, error) {
	folder := r.Address.Part
	view, err := s.view(ctx, r)
	if r.Origin != nil {
		folder = r.Origin.Path
		view, err = s.fetch(ctx, r)
	}
	if err != nil {
		return nil, nil, err
	}
	fsys, err := view.Tree(ctx, r.Revision)
	if err != nil {
		return nil, nil, err
	}
	if folder == "" {
		folder = "."
	}
	files, err := copyFiles(fsys, folder)
	return view, files, err
}

// fetchTime bounds how long a peer may take to send a repository.
const fetchTime = 2 * time.Minute

// fetch brings the revision of a harvested resource from its home. All remixes of one foreign repository share a family.
func (s *Service) fetch(ctx context.Context, r Resource) (*gitstore.Repository, error) {
	if r.Origin.Git == "" || r.Revision == "" {
		return nil, fmt.Errorf("%s offers no git address, so it can be read at %s but not remixed here: %w",
			r.Origin.Peer, s.home(r), kind.ErrInvalid)
	}
	family := uuid.NewSHA1(uuid.NameSpaceURL, []byte(r.Origin.Git)).String()
	key := family + "@" + r.Revision
	if view, ok := s.fetched.Get(key); ok {
		return view, nil
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	view, err := s.o.Store.Fetch(ctx, family, gitstore.Remote{URL: r.Origin.Git, Client: s.o.Remote}, r.Revision)
	if err != nil {
		return nil, fmt.Errorf("%w: the files of %s could not be fetched from %s: %w", kind.ErrUnavailable, r.Identifier, r.Origin.Peer, err)
	}
	s.fetched.Add(key, view)
	return view, nil
}

func refusal(p RemixPlan, wanted licensing.ID) *LicenseError {
	e := &LicenseError{Wanted: wanted, Verdict: licensing.NotAllowed, Allowed: offered(p.Options)}
	for _, option := range p.Options {
		if option.ID == wanted || wanted == "" && !option.Offered() {
			e.Verdict, e.Reasons = option.Verdict, option.Reasons
			break
		}
	}
	return e
}

// fullEdit writes all of a remix's metadata, so that a part that stood in a unit says by itself what it inherited.
func fullEdit(m metadata.Metadata) metadata.Edit {
	return metadata.Edit{
		Description: &m.Description, Type: &m.Type, Language: &m.Language, Creators: &m.Creators, Subjects: &m.Subjects,
		Grades: &m.Grades, Alignments: &m.Alignments, Time: &m.Time, Audience: &m.Audience, Keywords: &m.Keywords,
		Funding: &metadata.Funding{}, Sources: &m.Sources, TranslationOf: &metadata.Pin{},
	}
}

// upward matches the target of a Markdown link that leads out of its folder.
var upward = regexp.MustCompile(`\]\((\.\./[^)\s]*)`)

// outward lets links that led from a part to its neighbors lead to the neighbors' pages at their home.
func (s *Service) outward(body string, r Resource) string {
	base, folder := s.URL(r.Address.Root()), r.Address.Part
	if r.Origin != nil {
		folder = r.Origin.Path
		base = strings.TrimSuffix(strings.TrimSuffix(r.Origin.URL, folder), "/")
	}
	if folder == "" || base == "" {
		return body
	}
	return upward.ReplaceAllStringFunc(body, func(link string) string {
		target := strings.TrimPrefix(link, "](")
		joined, err := url.JoinPath(base, path.Join(folder, target))
		if err != nil || strings.HasPrefix(path.Join(folder, target), "..") {
			return link
		}
		return "](" + joined
	})
}

// freeSlug makes an address from a title that is not taken in the owner's namespace.
func (s *Service) freeSlug(ctx context.Context, owner, title string) (string, error) {
	base := Slug(title)
	for n := 1; n < 1000; n++ {
		slug := numbered(base, n)
		if _, found, err := s.find(ctx, owner+"/"+slug); err != nil {
			return "", err
		} else if !found {
			return slug, nil
		}
	}
	return "", fmt.Errorf("%w: a thousand resources of %s are called %q", kind.ErrConflict, owner, title)
}

// numbered is the nth address of those that begin alike, from 1.
func numbered(base string, n int) string {
	if n == 1 {
		return base
	}
	return fmt.Sprintf("%s-%d", base, n)
}

// Credit is the credit that the remix will carry, with the license chosen.
func (s *Service) Credit(p RemixPlan, license licensing.ID, lang string) licensing.Credit {
	g, ref := s.Graph(Resource{Identifier: "the remix", Metadata: p.Metadata, License: license})
	return licensing.Attribute(g, ref, lang)
}

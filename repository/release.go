package repository

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// Release is a published revision with a version and notes. It is an annotated git tag, so that clones and peers have it,
// and never changes.
type Release struct {
	Version  string    `json:"version"`
	Revision Revision  `json:"revision"`
	Notes    string    `json:"notes,omitempty"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	Tag      string    `json:"tag"` // the tag object's id
}

const (
	maxReleaseNotes = 10_000 // bytes
	maxReleases     = 1_000  // of one repository
)

// version is what a version may be: it stands in addresses and is the name of a git tag.
var version = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+-]{0,39}$`)

// CheckVersion says what is wrong with the name of a release, or nil. It is kind.ErrInvalid.
func CheckVersion(v string) error {
	if !version.MatchString(v) || strings.Contains(v, "..") || strings.HasSuffix(v, ".") || strings.HasSuffix(v, ".lock") || strings.HasSuffix(v, ".atom") {
		return fmt.Errorf("version %.50q: %w: use 1 to 40 letters, digits, dots, hyphens, + and _, such as v2 or 2026.1", v, kind.ErrInvalid)
	}
	return nil
}

// Releases are those of a resource of this server, newest first; of a part those of its unit. Tags of revisions that were
// never published are none.
func (s *Service) Releases(ctx context.Context, a Address) (list []Release, err error) {
	defer annotate(&err, "list releases of", a)
	r, err := s.o.Catalog.Resource(ctx, a.Root())
	if err != nil {
		return nil, err
	}
	view, err := s.view(ctx, r)
	if err != nil {
		return nil, err
	}
	return releases(ctx, view)
}

func releases(ctx context.Context, view *gitstore.Repository) (list []Release, err error) {
	tags, err := view.Tags(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range tags[:min(len(tags), maxReleases)] {
		if CheckVersion(t.Name) != nil {
			continue
		}
		if err := published(ctx, view, t.Target); errors.Is(err, kind.ErrNotFound) {
			continue
		} else if err != nil {
			return nil, err
		}
		list = append(list, Release{Version: t.Name, Revision: t.Target, Notes: notesOf(t), By: t.By, At: t.When, Tag: t.Hash})
	}
	slices.SortStableFunc(list, func(a, b Release) int {
		return cmp.Or(b.At.Compare(a.At), strings.Compare(b.Version, a.Version))
	})
	return list, nil
}

// ReleasePath is the address of a release's page, behind that of its resource.
const ReleasePath = "/releases/"

// edition is a release as other systems are told of it.
func (s *Service) edition(a Address, r Release) metadata.Edition {
	return metadata.Edition{Version: r.Version, Revision: r.Revision, At: r.At, URL: s.URL(a.Root()) + ReleasePath + r.Version}
}

// releaseTitle is the first line of a tag that this program writes.
func releaseTitle(version string) string { return "Release " + version }

func notesOf(t gitstore.Tag) string {
	notes := strings.TrimSpace(t.Message)
	if rest, ours := strings.CutPrefix(notes, releaseTitle(t.Name)); ours && (rest == "" || rest[0] == '\n') {
		notes = strings.TrimSpace(rest)
	}
	return strings.ToValidUTF8(notes[:min(len(notes), maxReleaseNotes)], "")
}

// FindRelease is the release of a version, with the one before it; Version is "" where there is none before.
func (s *Service) FindRelease(ctx context.Context, a Address, version string) (one, before Release, err error) {
	list, err := s.Releases(ctx, a)
	if err != nil {
		return one, before, err
	}
	i := slices.IndexFunc(list, func(r Release) bool { return r.Version == version })
	if i < 0 {
		return one, before, fmt.Errorf("release %.50s of %s: %w", version, a, kind.ErrNotFound)
	}
	if i+1 < len(list) {
		before = list[i+1]
	}
	return list[i], before, nil
}

// NextVersion proposes a version: the last one with its last number made one greater; v1 for the first.
func NextVersion(list []Release) string {
	if len(list) == 0 {
		return "v1"
	}
	last := list[0].Version
	end := strings.LastIndexFunc(last, func(r rune) bool { return '0' <= r && r <= '9' }) + 1
	start := strings.LastIndexFunc(last[:end], func(r rune) bool { return r < '0' || r > '9' }) + 1
	n, err := strconv.Atoi(last[start:end])
	next := last + "-2"
	if err == nil {
		next = last[:start] + strconv.Itoa(n+1) + last[end:]
	}
	if CheckVersion(next) != nil || slices.ContainsFunc(list, func(r Release) bool { return r.Version == next }) {
		return ""
	}
	return next
}

// Releasing is a revision to be released.
type Releasing struct {
	Address        Address
	Revision       Revision // empty: the newest
	Version, Notes string
	Actor          Actor
	DryRun         bool // check only
}

// Release gives a published revision a version. The gate is its report: one with errors, as rules may have changed since it
// was published, is an *InvalidError. A version that is taken is kind.ErrConflict, unless it is the same revision with the
// same notes: then nothing changes.
func (s *Service) Release(ctx context.Context, x Releasing) (made Release, err error) {
	defer annotate(&err, "release", x.Address)
	x.Address = x.Address.Root()
	if err := CheckVersion(x.Version); err != nil {
		return made, err
	}
	x.Notes = strings.TrimSpace(strings.ReplaceAll(x.Notes, "\r\n", "\n"))
	if len(x.Notes) > maxReleaseNotes {
		return made, fmt.Errorf("%w: the notes have %d bytes, and %d are allowed", kind.ErrInvalid, len(x.Notes), maxReleaseNotes)
	}
	unlock := s.saving.lock(x.Address.String())
	defer unlock()
	for tries := 1; ; tries++ {
		made, again, err := s.release(ctx, x)
		if !again || tries == releaseTries || ctx.Err() != nil {
			return made, err
		}
	}
}

// releaseTries is how often a release is tried where other nodes write to the repository at the same moment.
const releaseTries = 5

// release is one try; again says that another writer was first, and that the next one may do.
func (s *Service) release(ctx context.Context, x Releasing) (made Release, again bool, err error) {
	at, view, rec, err := s.live(ctx, x.Address)
	if err != nil {
		return made, false, err
	}
	if x.Revision == "" {
		x.Revision = view.Manifest().Refs[mainRef]
	}
	if err := published(ctx, view, x.Revision); err != nil {
		return made, false, err
	}
	list, err := releases(ctx, view)
	if err != nil {
		return made, false, err
	}
	if i := slices.IndexFunc(list, func(r Release) bool { return r.Version == x.Version }); i >= 0 {
		if list[i].Revision == x.Revision && list[i].Notes == x.Notes {
			return list[i], false, nil
		}
		return made, false, fmt.Errorf("%w: %s is released already, and releases stay as they are", kind.ErrConflict, x.Version)
	}
	if err := s.gate(ctx, x); err != nil || x.DryRun {
		return Release{Version: x.Version, Revision: x.Revision, Notes: x.Notes, By: x.Actor.Display, At: s.now()}, false, err
	}
	rec.Generation++
	view, tag, err := s.o.Store.Tag(ctx, location(at), view.Tag(), gitstore.Tag{
		Name: x.Version, Target: x.Revision, By: x.Actor.Display, Email: s.email(x.Actor), When: s.now(),
		Message: releaseTitle(x.Version) + "\n\n" + x.Notes,
	}, rec.encode())
	if err != nil {
		return made, errors.Is(err, kind.ErrConflict), err
	}
	now, err := s.stand(ctx, location(at))
	if err == nil {
		err = s.apply(ctx, s.projection(now.at, now.record.Generation, now.list, now.releases))
	}
	if err != nil {
		s.missed(at) // the tag is safe
		s.o.Logger.Error("release not shown yet", "resource", x.Address.String(), "err", err)
	}
	if s.o.Grown != nil && view.Manifest().Compactable() {
		s.o.Grown(location(at))
	}
	return Release{Version: x.Version, Revision: x.Revision, Notes: x.Notes, By: tag.By, At: tag.When, Tag: tag.Hash}, false, nil
}

// gate refuses a revision whose report has errors.
func (s *Service) gate(ctx context.Context, x Releasing) error {
	r, err := s.At(ctx, x.Address, x.Revision)
	if err != nil {
		return err
	}
	report, err := s.Report(ctx, r)
	if err != nil {
		return err
	}
	var errs metadata.Problems
	for _, p := range report.Problems {
		if p.Severity == metadata.Error {
			errs = append(errs, p)
		}
	}
	if len(errs) > 0 {
		return &InvalidError{Problems: errs}
	}
	return nil
}

package repository

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

const (
	reportFormat = 1
	maxReport    = 4 << 20 // bytes of a stored one
)

// Report says what machines found in one published revision, and what is in it, so that its checks and its conformance to
// WCAG can be told. It is stored when it is first asked for, and stays as it was then.
type Report struct {
	Format   int                `json:"format"`
	Revision Revision           `json:"revision"`
	Made     time.Time          `json:"made"`
	Problems metadata.Problems  `json:"problems"`
	Parts    []ReportedResource `json:"resources"` // the root first
}

// ReportedResource is what is in one resource of a repository, without its parts.
type ReportedResource struct {
	Path  string    `json:"path"` // folder; "" is the root
	Title string    `json:"title"`
	Has   Inventory `json:"has"`
}

// Inventory counts what decides which criteria apply.
type Inventory struct {
	Words     int   `json:"words"`
	Headings  int   `json:"headings"`
	Links     int   `json:"links"`
	Tables    int   `json:"tables"`
	Pictures  int   `json:"pictures"` // of pixels
	Moving    int   `json:"moving"`   // GIF, which may move
	Drawings  int   `json:"drawings"` // SVG, and diagrams of the text
	Formulas  int   `json:"formulas"`
	Sounds    int   `json:"sounds"`
	Films     int   `json:"films"`
	Quizzes   int   `json:"quizzes"`
	Documents int   `json:"documents"` // PDF, Word …: nothing looks into them
	Alignment int   `json:"alignments"`
	Bytes     int64 `json:"bytes"`
}

func (i *Inventory) add(o Inventory) {
	i.Words += o.Words
	i.Headings += o.Headings
	i.Links += o.Links
	i.Tables += o.Tables
	i.Pictures += o.Pictures
	i.Moving += o.Moving
	i.Drawings += o.Drawings
	i.Formulas += o.Formulas
	i.Sounds += o.Sounds
	i.Films += o.Films
	i.Quizzes += o.Quizzes
	i.Documents += o.Documents
	i.Alignment += o.Alignment
	i.Bytes += o.Bytes
}

// Of is the report of one folder of the repository, with what is below it.
func (r Report) Of(part string) Report {
	if part == "" {
		return r
	}
	of := r
	of.Problems, of.Parts = metadata.Problems{}, nil
	for _, p := range r.Problems {
		if _, in := inFolder(p.File, part); in {
			of.Problems = append(of.Problems, p)
		}
	}
	for _, one := range r.Parts {
		if _, in := inFolder(one.Path, part); in || one.Path == part {
			of.Parts = append(of.Parts, one)
		}
	}
	return of
}

// Has is all that is in it.
func (r Report) Has() (all Inventory) {
	for _, one := range r.Parts {
		all.add(one.Has)
	}
	return all
}

// Report returns the report of a published revision of a resource of this server, of a part its own. One that was not made
// yet, or is lost, is made, and stored in the bucket under reports/.
func (s *Service) Report(ctx context.Context, r Resource) (report Report, err error) {
	defer annotate(&err, "report on", r.Address.String()+"@"+r.Revision)
	if !r.Own() {
		return report, fmt.Errorf("%s lives on another server: %w", r.Identifier, kind.ErrNotFound)
	}
	key := reportsOf(string(r.Repository)) + r.Revision
	report, err = s.storedReport(ctx, key)
	if err == nil && report.Revision == r.Revision {
		return report.Of(r.Address.Part), nil
	}
	if err != nil && !errors.Is(err, blob.ErrNotFound) {
		s.o.Logger.Warn("stored report is made anew", "resource", r.Address.String(), "revision", r.Revision, "err", err)
	}
	if report, err = s.makeReport(ctx, r); err != nil {
		return report, err
	}
	if s.o.Bucket != nil {
		raw, err := json.Marshal(report)
		if err == nil {
			_, err = s.o.Bucket.Put(ctx, key, bytes.NewReader(raw), blob.IfAbsent())
		}
		if err != nil && !errors.Is(err, blob.ErrConflict) {
			s.o.Logger.Warn("report not stored", "resource", r.Address.String(), "revision", r.Revision, "err", err)
		}
	}
	return report.Of(r.Address.Part), nil
}

// reportsOf is the folder of the reports on a repository's revisions.
func reportsOf(repository string) string { return "reports/" + repository + "/" }

// forgetReports deletes the reports on a repository, which may quote what was erased. They are made anew when asked for.
func (s *Service) forgetReports(ctx context.Context, repository string) error {
	if s.o.Bucket == nil {
		return nil
	}
	var keys []string
	for info, err := range s.o.Bucket.List(ctx, reportsOf(repository)) {
		if err != nil {
			return fmt.Errorf("list reports: %w", err)
		}
		keys = append(keys, info.Key)
	}
	for _, key := range keys {
		if err := s.o.Bucket.Delete(ctx, key); err != nil {
			return fmt.Errorf("erase report: %w", err)
		}
	}
	return nil
}

func (s *Service) storedReport(ctx context.Context, key string) (report Report, err error) {
	if s.o.Bucket == nil {
		return report, blob.ErrNotFound
	}
	object, err := s.o.Bucket.Get(ctx, key, blob.GetOptions{})
	if err != nil {
		return report, err
	}
	defer object.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(object.Body, maxReport+1))
	if err == nil && len(raw) > maxReport {
		err = fmt.Errorf("%w: more than %d bytes", kind.ErrInvalid, maxReport)
	}
	if err == nil {
		err = json.Unmarshal(raw, &report)
	}
	if err == nil && report.Format != reportFormat {
		err = fmt.Errorf("%w: format %d", kind.ErrInvalid, report.Format)
	}
	return report, err
}

// makeReport looks at a revision as publishing it would.
func (s *Service) makeReport(ctx context.Context, r Resource) (Report, error) {
	root := r
	root.Address.Part = ""
	fsys, err := s.Files(ctx, root)
	if err != nil {
		return Report{}, err
	}
	report, _, err := s.reportOn(ctx, root, fsys)
	return report, err
}

// reportOn looks at a folder as publishing it at a resource's address would.
func (s *Service) reportOn(ctx context.Context, r Resource, fsys fs.FS) (Report, metadata.Tree, error) {
	limits := s.o.Limits
	if s.o.Standards != nil {
		limits.Standards = s.o.Standards()
	}
	tree, problems := s.check(fsys, limits)
	report := Report{Format: reportFormat, Revision: r.Revision, Made: s.now(), Problems: problems}
	left := int64(checkedBytes)
	for _, node := range tree.Root.All() {
		if node.File == "" {
			continue
		}
		one := Resource{Address: Address{Owner: r.Address.Owner, Slug: r.Address.Slug, Part: node.Path}, Identifier: r.Identifier}
		if _, err := s.describe(ctx, &one, content{path: node.Path, node: node}, nil, nil); err != nil {
			return Report{}, tree, err
		}
		if refused := s.judge(one); refused != nil {
			report.Problems = append(report.Problems, licenseProblem(node, refused))
		}
		if p, found := fundingProblem(node, node.Path != ""); found {
			report.Problems = append(report.Problems, p)
		}
		var has Inventory
		if left -= int64(len(node.Body)); left >= 0 && s.o.Renderer != nil {
			if seen, err := s.looker.look(fsys, node); err == nil { // else a problem says so
				has = seen.has
			}
		}
		has.Words = node.Words
		a := node.Metadata.Alignments
		has.Alignment = len(a.Teaches) + len(a.Assesses) + len(a.Requires)
		report.Parts = append(report.Parts, ReportedResource{Path: node.Path, Title: node.Metadata.Title, Has: has})
	}
	for _, f := range tree.Files {
		if i := report.nearest(f.Path); i >= 0 {
			countFile(&report.Parts[i].Has, f)
		}
	}
	report.Problems = append(report.Problems, checkSizes(tree)...)
	if report.Problems == nil {
		report.Problems = metadata.Problems{}
	}
	report.Problems = arranged(report.Problems)
	return report, tree, nil
}

// nearest is the resource whose folder a file is in.
func (r Report) nearest(name string) int {
	best := -1
	for i, one := range r.Parts {
		if _, in := inFolder(name, one.Path); in && (best < 0 || len(one.Path) > len(r.Parts[best].Path)) {
			best = i
		}
	}
	return best
}

func countFile(has *Inventory, f metadata.File) {
	has.Bytes += f.Size
	switch strings.ToLower(path.Ext(f.Path)) {
	case ".png", ".jpg", ".jpeg", ".webp", ".avif":
		has.Pictures++
	case ".gif":
		has.Pictures++
		has.Moving++
	case ".svg":
		has.Drawings++
	case ".pdf", ".doc", ".docx", ".odt", ".ppt", ".pptx", ".odp", ".xls", ".xlsx", ".ods", ".epub", ".html", ".htm", ".rtf", ".pages", ".key", ".ggb", ".h5p":
		has.Documents++
	}
}

// Sizes that are worth a word: a picture that takes a minute on a slow line, and what fits on a phone beside all else.
const (
	heavyPicture = 1 << 20
	offlineBytes = 50 << 20
)

// checkSizes warns of what readers on a slow line, or without one, cannot get.
func checkSizes(tree metadata.Tree) (problems metadata.Problems) {
	pictures := []string{".png", ".jpg", ".jpeg", ".webp", ".avif", ".gif", ".svg"}
	for _, f := range tree.Files {
		if f.Size > heavyPicture && slices.Contains(pictures, strings.ToLower(path.Ext(f.Path))) {
			problems = append(problems, warning(f.Path, 0, "size-picture", fmt.Sprintf("the picture has %.1f MB", float64(f.Size)/(1<<20)),
				"make it smaller: 1600 pixels are enough for a whole page"))
		}
	}
	if tree.Size > offlineBytes {
		problems = append(problems, warning("index.md", 1, "offline-size", fmt.Sprintf("all of it has %.0f MB, which few will keep on a phone", float64(tree.Size)/(1<<20)),
			"offer films and recordings as links, or in a part of their own"))
	}
	return problems
}

// CheckState is what became of one check.
type CheckState string

// States of checks and criteria.
const (
	CheckPassed  CheckState = "passed"
	CheckWarned  CheckState = "warned"
	CheckFailed  CheckState = "failed"
	CheckPerson  CheckState = "person" // a machine found nothing, and cannot know
	CheckNothing CheckState = "none"   // there is nothing to check
)

// GateCheck is one of the things that a release is checked for.
type GateCheck struct {
	Name     string            `json:"name"`
	State    CheckState        `json:"state"`
	Problems metadata.Problems `json:"problems,omitempty"`
}

// gates are the checks by the beginnings of their problems' codes; what no other has is metadata.
var gates = []struct {
	name  string
	codes []string
	needs func(Inventory) bool
}{
	{"license", []string{"license", "parts-license", "funding", "source", "asset"}, nil},
	{"metadata", nil, nil},
	{"alignments", []string{"alignment"}, func(i Inventory) bool { return i.Alignment > 0 }},
	{"links", []string{"link", "part-", "image-missing", "image-outside", "media-missing", "url"}, nil},
	{"alt", []string{"image-alt", "media-title"}, func(i Inventory) bool { return i.Pictures+i.Drawings+i.Sounds+i.Films > 0 }},
	{"headings", []string{"heading"}, func(i Inventory) bool { return i.Headings > 0 }},
	{"contrast", []string{"contrast"}, func(i Inventory) bool { return i.Drawings > 0 }},
	{"captions", []string{"video-captions", "audio-transcript"}, func(i Inventory) bool { return i.Sounds+i.Films > 0 }},
	{"reading", []string{"reading"}, func(i Inventory) bool { return i.Words >= readingWords }},
	{"sizes", []string{"size", "file-too-large", "index-too-large", "text-many"}, nil},
	{"offline", []string{"offline", "image-remote"}, nil},
}

// Checks are the checks of the release gate, in their order.
func (r Report) Checks() []GateCheck {
	has := r.Has()
	list := make([]GateCheck, len(gates))
	for i, g := range gates {
		list[i] = GateCheck{Name: g.name, State: CheckPassed}
		if g.needs != nil && !g.needs(has) {
			list[i].State = CheckNothing
		}
	}
	for _, p := range r.Problems {
		at := 1 // metadata
		for i, g := range gates {
			if begins(p.Code, g.codes) {
				at = i
				break
			}
		}
		list[at].Problems = append(list[at].Problems, p)
		if p.Severity == metadata.Error {
			list[at].State = CheckFailed
		} else if list[at].State != CheckFailed {
			list[at].State = CheckWarned
		}
	}
	return list
}

func begins(code string, beginnings []string) bool {
	return slices.ContainsFunc(beginnings, func(b string) bool { return strings.HasPrefix(code, b) })
}

// Counts are how many errors and warnings a report has.
func (r Report) Counts() (errors, warnings int) {
	for _, p := range r.Problems {
		if p.Severity == metadata.Error {
			errors++
		} else {
			warnings++
		}
	}
	return errors, warnings
}

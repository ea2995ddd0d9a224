package repository

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/merge"
)

// Review accepts a suggestion, whole or in part.
type Review struct {
	Address Address
	Number  int
	Choices map[string]merge.Choice // what to do where the resource has changed meanwhile, by the conflict's ID
	Rest    merge.Take              // decides every conflict that Choices does not name; empty leaves them to be decided
	// Leave names the files whose change is not taken, with the blocks of merge.Diff, from the file as it is to the merged
	// one, that are left as they are; without blocks it is the whole file.
	Leave  map[string][]int
	Actor  Actor
	DryRun bool
}

// Reviewed is what a review would publish, or has published.
type Reviewed struct {
	Outcome
	Suggestion Suggestion
	Base       Revision // the published revision that the suggestion began from; "" where it has several
	Newest     Revision // the published revision that it is merged into
	Merge      merge.Result
}

// Accept merges a suggestion into the newest revision and publishes the result, a commit that has the suggestion as its
// second parent and names who made it. Where both changed the same, nothing is published until it is decided: the error
// is kind.ErrConflict and Merge.Conflicts says what. One that was decided already is kind.ErrConflict, too.
func (s *Service) Accept(ctx context.Context, v Review) (out Reviewed, err error) {
	defer annotate(&err, "accept a suggestion for", v.Address)
	at, view, rec, one, err := s.offered(ctx, v.Address, v.Number)
	if err != nil {
		return out, err
	}
	out.Suggestion, out.Newest = shownSuggestion(ctx, view, one), view.Manifest().Refs[mainRef]
	out.Resource, err = s.latest(ctx, at, rec, v.Address.Root())
	if err != nil {
		return out, err
	}
	files, err := mergedSuggestion(ctx, v, view, one, &out)
	if err != nil {
		return out, err
	}
	if one.State != Open && !v.DryRun {
		return out, fmt.Errorf("%w: it was %s already", kind.ErrConflict, one.State)
	}
	p := Publication{
		Owner: v.Address.Owner, Slug: v.Address.Slug, Files: files, Actor: v.Actor, Base: out.Newest, DryRun: v.DryRun,
		Message: acceptMessage(out.Suggestion, s.emailOf(one)), accepts: v.Number, merges: one.Revision, by: v.Actor.Display,
	}
	out.Outcome, err = s.Publish(ctx, p)
	if err == nil && out.Unchanged && !v.DryRun { // everything in it is published already, or nothing of it was taken
		err = s.decide(ctx, v.Address, v.Number, Accepted, v.Actor, "")
	}
	return out, err
}

// Decline says no to a suggestion. It stays where it is, with the reason.
func (s *Service) Decline(ctx context.Context, a Address, number int, actor Actor, reason string) (err error) {
	defer annotate(&err, "decline a suggestion for", a)
	return s.decide(ctx, a, number, Declined, actor, reason)
}

// Remove takes away the text of a suggestion that was not accepted, its message and the name that its author gave: what
// nobody should have to read. Another ref, to the newest published revision, keeps its number from being given again; its
// objects go when packs are compacted and swept.
func (s *Service) Remove(ctx context.Context, a Address, number int, actor Actor, reason string) (err error) {
	defer annotate(&err, "remove a suggestion for", a)
	return s.decide(ctx, a, number, Removed, actor, reason)
}

// decidable reports whether a suggestion in one state may come into another.
func decidable(from, to SuggestionState) bool {
	return from == Open || from == Declined && to == Removed
}

func (s *Service) decide(ctx context.Context, a Address, number int, state SuggestionState, actor Actor, reason string) error {
	const attempts = 5
	var err error
	for range attempts {
		var at Reservation
		var view *gitstore.Repository
		var rec record
		var one suggestion
		at, view, rec, one, err = s.offered(ctx, a, number)
		if err != nil {
			return err
		}
		if !decidable(one.State, state) {
			return fmt.Errorf("%w: it was %s already", kind.ErrConflict, one.State)
		}
		rec.Generation++
		rec = rec.decided(number, state, actor.Display, reason, s.now())
		var refs map[string]gitstore.Hash
		if state == Removed {
			main := view.Manifest().Refs[mainRef]
			rec = rec.emptied(number, main)
			refs = map[string]gitstore.Hash{suggestionRef(number): "", fmt.Sprintf("refs/suggestions/%d/removed", number): main}
		}
		if _, err = s.o.Store.SetRecord(ctx, location(at), view.Tag(), rec.encode(), refs); !errors.Is(err, kind.ErrConflict) {
			return err
		}
	}
	return err
}

// offered finds a suggestion.
func (s *Service) offered(ctx context.Context, a Address, number int) (at Reservation, view *gitstore.Repository, rec record, one suggestion, err error) {
	if at, view, rec, err = s.live(ctx, a); err != nil {
		return at, view, rec, one, err
	}
	one, found := rec.suggestion(number)
	if !found {
		err = fmt.Errorf("suggestion %d: %w", number, kind.ErrNotFound)
	}
	return at, view, rec, one, err
}

// mergedSuggestion merges the trees: the last common revision, what is published, what is offered.
func mergedSuggestion(ctx context.Context, v Review, view *gitstore.Repository, one suggestion, out *Reviewed) (fs.FS, error) {
	h := history{gitstore.NewAncestry(view)}
	bases, err := h.Bases(ctx, []string{out.Newest}, one.Revision)
	if err != nil {
		return nil, err
	}
	if len(bases) == 1 {
		out.Base = bases[0]
	}
	base, err := merge.Virtual(ctx, h, out.Newest, one.Revision)
	if err != nil {
		return nil, err
	}
	ours, err := h.Tree(ctx, out.Newest)
	if err != nil {
		return nil, err
	}
	theirs, err := h.Tree(ctx, one.Revision)
	if err != nil {
		return nil, err
	}
	result := merge.Trees(base, ours, theirs, merge.Options{})
	out.Merge = result
	result, err = settled(result, v.Choices, v.Rest)
	if err != nil {
		return nil, err
	}
	return leftOut(ours, result.Files, v.Leave), nil
}

// settled carries out the decisions about a merge; kind.ErrConflict says that some are missing.
func settled(result merge.Result, decided map[string]merge.Choice, rest merge.Take) (merge.Result, error) {
	choices := map[string]merge.Choice{}
	for _, c := range result.Conflicts {
		if choice, ok := decided[c.ID]; ok {
			choices[c.ID] = choice
		} else if rest != "" {
			choices[c.ID] = merge.Choice{Take: rest}
		}
	}
	result, err := result.Resolve(choices)
	if err == nil && !result.Clean() {
		err = fmt.Errorf("%w: %d changes need you", kind.ErrConflict, len(result.Conflicts))
	}
	return result, err
}

// leftOut is the merged tree without the changes that are not taken.
func leftOut(ours, merged merge.Tree, leave map[string][]int) fs.FS {
	files := fstest.MapFS{}
	for name, f := range merged {
		left, some := leave[name]
		if some && len(left) == 0 {
			continue
		}
		if some {
			f.Data = merge.Pick(Compare(name, ours[name].Data, f.Data), func(i int) bool { return !slices.Contains(left, i) })
		}
		files[name] = &fstest.MapFile{Data: f.Data, Mode: 0o644}
	}
	for name, left := range leave {
		if f, was := ours[name]; was && len(left) == 0 {
			files[name] = &fstest.MapFile{Data: f.Data, Mode: 0o644}
		}
	}
	return files
}

// Compare shows two versions of a file block by block; of one that is not Markdown, by lines.
func Compare(name string, a, b []byte) []merge.Block {
	if strings.EqualFold(path.Ext(name), ".md") {
		return merge.Diff(a, b)
	}
	return merge.DiffLines(a, b)
}

// acceptMessage credits who made a suggestion, in the form that git forges read.
func acceptMessage(one Suggestion, email string) string {
	title, _, _ := strings.Cut(strings.TrimSpace(one.Message), "\n")
	line := func(s string) string { return strings.Join(strings.Fields(strings.Map(plain, s)), " ") }
	message := fmt.Sprintf(gitstore.AcceptPrefix+"%d: %s\n\nCo-authored-by: %s <%s>\n", one.Number, line(title), line(one.Name), line(email))
	if one.Server != "" {
		message += "Suggested-at: " + line(one.Server) + "\n"
	}
	return message
}

// plain leaves out what could end a name early in a commit's message.
func plain(r rune) rune {
	if r == '<' || r == '>' {
		return -1
	}
	return r
}

// history reads commits for a merge.
type history struct{ y *gitstore.Ancestry }

func (h history) Bases(ctx context.Context, a []string, b string) ([]string, error) {
	return h.y.Bases(ctx, a, b)
}

func (h history) Tree(ctx context.Context, rev string) (merge.Tree, error) {
	fsys, err := h.y.Tree(ctx, rev)
	if err != nil {
		return nil, err
	}
	return merge.ReadTree(fsys)
}

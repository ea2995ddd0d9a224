package web

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Lists reads calls for submissions and approved lists; approval.Store does.
type Lists interface {
	Call(ctx context.Context, id string) (*approval.Call, error)
	Calls(ctx context.Context) ([]*approval.Call, error)
	List(ctx context.Context, slug string) (*approval.List, error)
	Lists(ctx context.Context) ([]*approval.List, error)
	// ListSteps and CallSteps are steps of a log, from one place to another; ListLength and CallLength are how many there are.
	ListSteps(ctx context.Context, slug string, from, to int) ([]approval.Step, error)
	ListLength(ctx context.Context, slug string) (int, error)
	CallSteps(ctx context.Context, id string, from, to int) ([]approval.Step, error)
	CallLength(ctx context.Context, id string) (int, error)
	Rubric(ctx context.Context, ref approval.RubricRef, lang string) (approval.Rubric, error)
	Rubrics(ctx context.Context, lang string) ([]approval.Rubric, error)
	SaveRubric(ctx context.Context, r approval.Rubric) (approval.Rubric, error)
	// OnCall takes steps in a call. decide is given the call as it is, and is asked again where another writer was first.
	OnCall(ctx context.Context, id string, decide func(*approval.Call) ([]approval.Event, error)) (*approval.Call, error)
}

// Boards carries out what boards decide. Who may do it is for its callers to find out.
type Boards interface {
	Lists
	// Signed is a list as it is published.
	Signed(ctx context.Context, slug string) (approval.Signed, error)
	// Index is what this server says of its lists.
	Index(ctx context.Context) (approval.Index, error)
	// Key signs lists, in the name of Principal.
	Key() ed25519.PublicKey
	Principal() string
	// Step takes steps on a list in the name of somebody, and publishes it.
	Step(ctx context.Context, slug string, by approval.Actor, decide func(*approval.List) ([]approval.Event, error)) (*approval.List, error)
	CreateList(ctx context.Context, about approval.About, by approval.Actor) (*approval.List, error)
	// Adopt creates a list that follows another server's.
	Adopt(ctx context.Context, about approval.About, address string, by approval.Actor) (*approval.List, error)
	// Submit hands the newest revision of a resource in to a call; Add puts it on a list without one.
	Submit(ctx context.Context, call string, r repository.Resource, by approval.Actor, note string) (*approval.Submission, error)
	Add(ctx context.Context, slug string, r repository.Resource, by approval.Actor, o approval.Outcome) error
	// Left are those of some voters who are not of the board any more; their votes do not count.
	Left(ctx context.Context, board string, votes []approval.Vote) ([]string, error)
	// Decide records what the votes say, and puts what is approved on the call's list.
	Decide(ctx context.Context, call string, number int, by approval.Actor, o approval.Outcome) (*approval.Submission, error)
	// Newer are the entries of a list whose resource has a newer revision; those that are held too, where all is set.
	Newer(ctx context.Context, l *approval.List, all bool) ([]approval.Newer, error)
	// Newest are the newest revisions of some resources that differ from those given, by OAI identifier.
	Newest(ctx context.Context, pinned map[string]string) (map[string]string, error)
	// Labels are what revisions of some resources of this server are called, by OAI identifier.
	Labels(ctx context.Context, identifiers []string) (map[string]repository.Labels, error)
	// FollowedKey is the key that a list that is followed is signed with and that is not the one of before; TakeFollowedKey
	// takes it.
	FollowedKey(ctx context.Context, l *approval.List) (approval.RefusedKey, error)
	TakeFollowedKey(ctx context.Context, slug, key string, by approval.Actor) error
	// Withheld reports of works whether they are taken down here, so that they are not named.
	Withheld(ctx context.Context) (func(approval.Work) bool, error)
	// Judge accepts or holds a newer revision of an entry: kind.ErrConflict if it is not the newest any more.
	Judge(ctx context.Context, slug, identifier, revision string, accept bool, by approval.Actor, note string) error
	// Seen are the approvals of a resource, here and on peers.
	Seen(ctx context.Context, identifier string) ([]approval.Seen, error)
	// Elsewhere are the lists of peers.
	Elsewhere(ctx context.Context) ([]approval.IndexItem, error)
	// RefusedKey is the key that a peer's lists are signed with and that is not the one of before; TakeKey takes it.
	RefusedKey(ctx context.Context, peer string) (approval.RefusedKey, error)
	TakeKey(ctx context.Context, peer, key, by string) error
}

// boards are the boards of this server; there are none without them.
func (s *Server) boards() (Boards, error) {
	if s.o.Boards == nil {
		return nil, kind.ErrNotFound
	}
	return s.o.Boards, nil
}

// workTitles names works as a page or feed may: what is taken down has no title.
func (s *Server) workTitles(c *fiber.Ctx, lang string) (func(approval.Work) string, error) {
	down, err := s.o.Boards.Withheld(c.UserContext())
	return func(w approval.Work) string {
		if down(w) {
			return s.theme(c).Text(lang, "list.takendown")
		}
		return w.Title
	}, err
}

// juror is who is signed in, with what a board lets them do. Whoever is no reviewer and no chair of it is neither.
func (s *Server) juror(c *fiber.Ctx, board string) (approval.Actor, error) {
	a := s.visitor(c)
	who := approval.Actor{Name: a.Name, Display: cmp.Or(a.Display, a.Name)}
	if a.Name == "" {
		return who, nil
	}
	var err, cerr error
	who.Reviewer, err = s.allowed(c, accounts.Review, accounts.OnOwner(board))
	who.Chair, cerr = s.allowed(c, accounts.Chair, accounts.OnOwner(board))
	return who, errors.Join(err, cerr)
}

// chair is who is signed in and chairs a board.
func (s *Server) chair(c *fiber.Ctx, board string) (approval.Actor, error) {
	a, err := s.author(c)
	if err != nil {
		return approval.Actor{}, err
	}
	if err := s.may(c, a, accounts.Chair, accounts.OnOwner(board)); err != nil {
		return approval.Actor{}, err
	}
	return s.juror(c, board)
}

package web

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// located is a resource of this server with the place that its address named.
type located struct {
	place
	repository.Resource        // as it is at the asked revision
	Newest              string // its newest revision
}

// base is the path of the resource's page, at the asked revision.
func (l located) base() string { return pathOf(l.place.Address, l.Pinned()) }

// Pinned is the old revision that was asked for; "" for the newest.
func (l located) Pinned() string {
	if l.place.Revision == "" {
		return ""
	}
	return l.Resource.Revision
}

func (s *Server) locatePlace(ctx context.Context, p place) (located, error) {
	r, err := s.o.Repository.Resource(ctx, p.Address)
	if err != nil {
		return located{}, err
	}
	l := located{place: p, Resource: r, Newest: r.Revision}
	if p.Revision == "" || r.Deleted {
		l.Resource, err = s.credited(ctx, r)
		return l, err
	}
	rev, err := s.expand(ctx, r, p.Revision)
	if err != nil {
		return l, err
	}
	if l.Resource, err = s.o.Repository.At(ctx, p.Address, rev); err != nil {
		return l, err
	}
	l.Resource, err = s.credited(ctx, l.Resource)
	return l, err
}

var abbreviated = regexp.MustCompile(`^[0-9a-f]{7,40}$`)

// expand turns an abbreviated revision, or the version of a release, into a full one of the resource's history.
func (s *Server) expand(ctx context.Context, r repository.Resource, short string) (string, error) {
	if len(short) == 40 {
		return short, nil
	}
	if !abbreviated.MatchString(short) {
		one, _, err := s.o.Repository.FindRelease(ctx, r.Address, short)
		return one.Revision, err
	}
	commits, err := s.o.Repository.History(ctx, r, 1000)
	if err != nil {
		return "", err
	}
	for _, c := range commits {
		if strings.HasPrefix(c.Hash, short) {
			return c.Hash, nil
		}
	}
	return "", fmt.Errorf("revision %s: %w", short, kind.ErrNotFound)
}

// resourceGet answers all GETs below an owner: the page itself or one of its actions.
func (s *Server) resourceGet(c *fiber.Ctx) error {
	p, ok := parsePlace(strings.TrimPrefix(c.Path(), "/r/"))
	if !ok {
		return fiber.ErrNotFound
	}
	if p.Action == "info" {
		return s.gitRefs(c, p)
	}
	if p.Git {
		return redirect(c, pathOf(p.Address, p.Revision))
	}
	l, err := s.locatePlace(c.UserContext(), p)
	if err != nil {
		return err
	}
	if l.Deleted && p.Action == "previews" && p.Part == "" {
		return s.previews(c, l)
	}
	if l.Deleted {
		return s.gone(c, l.Resource)
	}
	if p.Rest != "" && p.Action != "raw" && p.Action != "compare" && p.Action != "releases" && p.Action != "suggestions" {
		return fiber.ErrNotFound
	}
	switch p.Action {
	case "":
		return s.lesson(c, l)
	case "print":
		return s.printed(c, l)
	case "print.pdf":
		return s.printedPDF(c, l)
	case "embed":
		return s.embed(c, l)
	case "remixes":
		return s.remixes(c, l)
	case "history":
		return s.history(c, l)
	case "suggestions":
		return s.suggestions(c, l)
	case "suggest":
		return s.suggestShow(c, l)
	case "compare":
		return s.compare(c, l)
	case "raw":
		return s.raw(c, l)
	case "metadata.jsonld":
		return s.metadataFile(c, l)
	case "releases":
		return s.releases(c, l)
	case "releases.atom":
		return s.releaseFeed(c, l)
	case "report":
		return s.conformance(c, l)
	case "report.json":
		return s.reportFile(c, l)
	case "download.zip":
		return s.download(c, l)
	case "remix":
		return s.remixShow(c, l.Resource)
	case "edit":
		return s.editShow(c, l)
	case "translate":
		return s.translateShow(c, l)
	case "pull":
		return s.pullShow(c, l)
	case "quiz":
		return redirect(c, l.base())
	case "withdraw":
		return s.withdrawForm(c, l)
	case "share":
		return s.shareShow(c, l)
	case "previews":
		return s.previews(c, l)
	}
	return fiber.ErrNotFound
}

// resourcePost answers all POSTs below an owner.
func (s *Server) resourcePost(c *fiber.Ctx) error {
	p, ok := parsePlace(strings.TrimPrefix(c.Path(), "/r/"))
	if !ok {
		return fiber.ErrNotFound
	}
	switch p.Action {
	case "git-upload-pack":
		return s.gitUpload(c, p)
	case "git-receive-pack":
		return s.gitReceive(c, p)
	}
	l, err := s.locatePlace(c.UserContext(), p)
	if err != nil {
		return err
	}
	if l.Deleted && p.Action == "previews" && p.Part == "" {
		return s.previewsSend(c, l)
	}
	if l.Deleted {
		return s.gone(c, l.Resource)
	}
	switch p.Action {
	case "remix":
		return s.remixPublish(c, l.ID)
	case "edit":
		return s.editPublish(c, l)
	case "translate":
		return s.translateSend(c, l)
	case "pull":
		return s.pullPublish(c, l)
	case "quiz":
		return s.quiz(c, l)
	case "suggest":
		return s.suggestSend(c, l)
	case "suggestions":
		return s.reviewSend(c, l)
	case "withdraw":
		return s.withdrawSend(c, l)
	case "share":
		return s.shareSend(c, l)
	case "previews":
		return s.previewsSend(c, l)
	case "undo":
		return s.undoSend(c, l)
	case "releases":
		return s.releaseSend(c, l)
	}
	return fiber.ErrMethodNotAllowed
}

// owner lists what is in a namespace.
func (s *Server) owner(c *fiber.Ctx) error {
	name := c.Params("owner")
	if accounts.CheckName(name) != nil {
		return fiber.ErrNotFound
	}
	return redirect(c, "/search?q="+escapeQuery("owner:"+name))
}

package web

import (
	"context"
	"errors"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/themes"
)

const shownCommits = 100

func (s *Server) history(c *fiber.Ctx, l located) error {
	commits, err := s.o.Repository.History(c.UserContext(), l.Resource, shownCommits)
	if err != nil {
		return err
	}
	v := themes.History{
		Title: l.Metadata.Title, Language: l.Metadata.Language, URL: pathOf(l.place.Address, ""),
		Clone: s.o.Repository.GitURL(l.place.Address),
	}
	called, err := s.versionNames(c.UserContext(), l.place.Address)
	if err != nil {
		return err
	}
	for i, commit := range commits {
		version, err := called.view(c.UserContext(), commit, commit.Hash == l.Newest || i == 0 && l.place.Revision == "")
		if err != nil {
			return err
		}
		if i+1 < len(commits) {
			version.Compare = comparePath(l.place.Address, commits[i+1].Hash, commit.Hash)
		}
		v.Versions = append(v.Versions, version)
	}
	return s.page(c, "history", themes.Frame{}, v)
}

// versionNames knows what the revisions of a resource and their authors are called.
type versionNames struct {
	s       *Server
	address repository.Address
	labels  repository.Labels
	people  map[string]accounts.Leaver // by the address in a commit; the zero Leaver is somebody who is here
}

func (s *Server) versionNames(ctx context.Context, a repository.Address) (*versionNames, error) {
	labels, err := s.o.Repository.Labels(ctx, a)
	if errors.Is(err, kind.ErrNotFound) {
		err = nil
	}
	return &versionNames{s, a, labels, map[string]accounts.Leaver{}}, err
}

// view is a revision with its label, and its author as the person says who has left.
func (n *versionNames) view(ctx context.Context, c gitstore.Commit, current bool) (themes.Version, error) {
	message, _, _ := strings.Cut(strings.TrimSpace(c.Message), "\n")
	v := themes.Version{
		Revision: c.Hash, Short: n.labels.Of(c.Hash), Label: n.labels[c.Hash], Message: message, When: c.When, Current: current, URL: pathOf(n.address, c.Hash),
	}
	if current {
		v.URL = pathOf(n.address, "")
	}
	var err error
	if v.Author, err = n.person(ctx, c.Author, c.AuthorEmail); err != nil {
		return v, err
	}
	for _, one := range coAuthors(c.Message) {
		name, err := n.person(ctx, one.Name, one.Email)
		if err != nil {
			return v, err
		}
		v.With = append(v.With, name)
	}
	return v, nil
}

// person is what an author of a commit wants to be called.
func (n *versionNames) person(ctx context.Context, name, email string) (string, error) {
	l, known := n.people[email]
	if !known {
		var err error
		account, _, _ := strings.Cut(email, "@")
		if l, err = n.s.leaver(ctx, account); err != nil {
			return name, err
		}
		n.people[email] = l
	}
	return renamed(name, l), nil
}

// shownAuthors bounds how many authors of one commit are named.
const shownAuthors = 20

// coAuthor is somebody whom a commit names beside its author.
type coAuthor struct{ Name, Email string }

// coAuthors are those in the Co-authored-by lines of a commit's message, where git puts who made a change with its
// author: those whose suggestion was accepted, too.
func coAuthors(message string) (people []coAuthor) {
	for line := range strings.Lines(message) {
		person, found := strings.CutPrefix(line, "Co-authored-by:")
		if !found || len(people) == shownAuthors {
			continue
		}
		name, email, _ := strings.Cut(person, "<")
		if name = clip(strings.TrimSpace(strings.ToValidUTF8(name, "�")), 80); name != "" {
			people = append(people, coAuthor{name, strings.TrimRight(strings.TrimSpace(email), ">")})
		}
	}
	return people
}

func comparePath(a repository.Address, from, to string) string {
	return pathOf(a, "") + "/compare/" + short(from) + ".." + short(to)
}

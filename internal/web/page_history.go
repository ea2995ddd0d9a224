package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
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
	for i, commit := range commits {
		version := versionView(l.place.Address, commit, commit.Hash == l.Newest || i == 0 && l.place.Revision == "")
		if i+1 < len(commits) {
			version.Compare = comparePath(l.place.Address, commits[i+1].Hash, commit.Hash)
		}
		v.Versions = append(v.Versions, version)
	}
	return s.page(c, "history", themes.Frame{NoIndex: true}, v)
}

func versionView(a repository.Address, c gitstore.Commit, current bool) themes.Version {
	message, _, _ := strings.Cut(strings.TrimSpace(c.Message), "\n")
	v := themes.Version{
		Revision: c.Hash, Short: short(c.Hash), Message: message, Author: c.Author, When: c.When, Current: current,
		URL: pathOf(a, c.Hash),
	}
	if current {
		v.URL = pathOf(a, "")
	}
	v.With = coAuthors(c.Message)
	return v
}

// shownAuthors bounds how many authors of one commit are named.
const shownAuthors = 20

// coAuthors are the names in the Co-authored-by lines of a commit's message, where git puts who made a change with its
// author: those whose suggestion was accepted, too.
func coAuthors(message string) (names []string) {
	for line := range strings.Lines(message) {
		person, found := strings.CutPrefix(line, "Co-authored-by:")
		if !found || len(names) == shownAuthors {
			continue
		}
		name, _, _ := strings.Cut(person, "<")
		if name = clip(strings.TrimSpace(strings.ToValidUTF8(name, "�")), 80); name != "" {
			names = append(names, name)
		}
	}
	return names
}

func comparePath(a repository.Address, from, to string) string {
	return pathOf(a, "") + "/compare/" + short(from) + ".." + short(to)
}

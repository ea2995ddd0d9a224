package web

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"net/http"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/themes"
)

// Letters brings suggestions from server to server.
type Letters interface {
	// Key is the public key that this server signs with.
	Key() ed25519.PublicKey
	// Send keeps a letter about a harvested resource, and delivers it now or later.
	Send(ctx context.Context, r repository.Resource, letter federation.Letter) (federation.SentLetter, error)
	// SentBy lists what an account has sent, the newest first.
	SentBy(ctx context.Context, account string) ([]federation.SentLetter, error)
	// Receive takes a letter from its signed request; one of a server that is no peer is held.
	Receive(ctx context.Context, method, target string, header http.Header, body []byte) (federation.LetterState, error)
	// State says what became of a letter that was received.
	State(ctx context.Context, name string) (federation.LetterState, error)
	// Held lists what waits for an administrator, the oldest first.
	Held(ctx context.Context) ([]federation.HeldLetter, error)
	// Release lets a held letter through to its owner, or refuses it for a reason.
	Release(ctx context.Context, name string, through bool, reason string) error
}

// aboutServer says who this server is, for others of its kind.
func (s *Server) aboutServer(c *fiber.Ctx) error {
	about := federation.About{Name: s.o.SiteName, URL: s.o.BaseURL, OAI: s.o.BaseURL + "/oai", Namespace: s.o.OAI.Namespace()}
	if s.o.Letters != nil {
		about.Key = federation.KeyID(s.o.Letters.Key())
	}
	c.Set(fiber.HeaderCacheControl, "public, max-age=300")
	return s.json(c, http.StatusOK, about)
}

// apiLetter takes a suggestion that another server sends.
func (s *Server) apiLetter(c *fiber.Ctx) error {
	if s.o.Letters == nil {
		return fiber.ErrNotFound
	}
	b, err := body(c, federation.MaxLetter)
	if err != nil {
		return err
	}
	state, err := s.o.Letters.Receive(c.UserContext(), c.Method(), s.o.BaseURL+c.OriginalURL(), c.GetReqHeaders(), b)
	if errors.Is(err, federation.ErrFull) {
		c.Set(fiber.HeaderRetryAfter, "86400")
		return fiber.NewError(http.StatusServiceUnavailable, err.Error())
	}
	if err != nil {
		return err
	}
	status := http.StatusCreated
	if state.State == "held" {
		status = http.StatusAccepted
	}
	return s.json(c, status, state)
}

// apiLetterState says what became of a suggestion, to who knows its name.
func (s *Server) apiLetterState(c *fiber.Ctx) error {
	if s.o.Letters == nil {
		return fiber.ErrNotFound
	}
	state, err := s.o.Letters.State(c.UserContext(), c.Params("name"))
	if err != nil {
		return err
	}
	return s.json(c, http.StatusOK, state)
}

// letterForm is the form that suggests a change to a harvested resource, at its home.
func (s *Server) letterForm(c *fiber.Ctx) error {
	r, err := s.elsewhere(c)
	if err != nil {
		return err
	}
	_, doc, err := s.o.Repository.Original(c.UserContext(), r)
	if err != nil {
		return err
	}
	v := s.letterView(r, s.fields(doc.Metadata, language(c)))
	v.Base, v.Text = r.Revision, string(doc.Body)
	if err := s.offeredBack(c, &v); err != nil {
		return err
	}
	return s.letterPage(c, r, v)
}

// letterPage is the form with what publishing its text would say, as far as can be told from here.
func (s *Server) letterPage(c *fiber.Ctx, r repository.Resource, v themes.Edit) error {
	if v.Base == r.Revision {
		name, doc, err := s.o.Repository.Original(c.UserContext(), r)
		if err != nil {
			return s.editPage(c, v) // its home is away: the text is there all the same
		}
		lang := language(c)
		made, err := doc.With(s.change(s.fields(doc.Metadata, lang), v.Fields, doc.Metadata, string(doc.Body), v.Text))
		if errors.Is(err, metadata.ErrFront) {
			v.Problems = append(v.Problems, s.tooMuchSaid(lang))
			return s.editPage(c, v)
		}
		if err != nil {
			return err
		}
		problems, err := s.o.Repository.CheckOriginal(c.UserContext(), r, made)
		if err != nil {
			return err
		}
		v.Checking = s.checking(problems, name, string(made), v.Fields.Language, lang)
	}
	return s.editPage(c, v)
}

// elsewhere is the harvested resource that the address names, for somebody who is signed in.
func (s *Server) elsewhere(c *fiber.Ctx) (repository.Resource, error) {
	r, err := s.byID(c)
	if err != nil {
		return r, err
	}
	if s.o.Letters == nil || r.Own() || r.Deleted {
		return r, fiber.ErrNotFound
	}
	a, err := s.author(c)
	if err != nil {
		return r, err
	}
	return r, s.may(c, a, accounts.Suggest, accounts.OnResource("", ""))
}

func (s *Server) letterView(r repository.Resource, fields themes.Fields) themes.Edit {
	page := linkOf(r)
	return themes.Edit{
		Title: r.Metadata.Title, URL: page, Action: page + "/suggest", Language: r.Metadata.Language, Fields: fields, Suggest: true,
		Away: r.Origin.Peer,
	}
}

// offeredBack puts the text of a remix into the form: what its author wants to give back.
func (s *Server) offeredBack(c *fiber.Ctx, v *themes.Edit) error {
	id, err := uuid.Parse(c.Query("from"))
	if err != nil {
		return nil
	}
	remix, err := s.o.Repository.ByID(c.UserContext(), repository.ID(id.String()))
	if err != nil || !remix.Own() || remix.Deleted {
		return err
	}
	doc, err := s.o.Repository.Source(c.UserContext(), remix)
	v.Text = string(doc.Body)
	return err
}

// letterSend previews a suggestion or sends it to the resource's home.
func (s *Server) letterSend(c *fiber.Ctx) error {
	r, err := s.elsewhere(c)
	if err != nil {
		return err
	}
	typed, err := form(c)
	if err != nil {
		return err
	}
	ctx, lang := c.UserContext(), language(c)
	fields := s.typedFields(typed, lang)
	v := s.letterView(r, fields)
	s.fillEdit(&v, typed, lang)
	if onlyLooks(typed) {
		return s.letterPage(c, r, v)
	}
	if v.Base != r.Revision { // a harvest came meanwhile: what was typed stays, and is compared with what is there now
		v.Base = r.Revision
		v.Problems = []themes.Problem{{Message: s.o.Theme.Text(lang, "suggest.newer"), Warning: true}}
		c.Status(http.StatusConflict)
		return s.letterPage(c, r, v)
	}
	name, doc, err := s.o.Repository.Original(ctx, r)
	if err != nil {
		return err
	}
	text, problems, err := s.edited(doc, doc.Metadata, fields, v.Text, lang)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		v.Problems = problems
		c.Status(http.StatusUnprocessableEntity)
		return s.letterPage(c, r, v)
	}
	a := s.visitor(c)
	sent, err := s.o.Letters.Send(ctx, r, federation.Letter{
		Base: r.Revision, Message: v.Message, By: a.Name, Name: a.Display, Files: []federation.LetterFile{{Path: name, Data: text}},
	})
	if errors.Is(err, repository.ErrCrowded) {
		v.Problems = []themes.Problem{{Message: s.o.Theme.Text(lang, "suggest.crowded")}}
		c.Status(http.StatusUnprocessableEntity)
		return s.letterPage(c, r, v)
	}
	if err != nil {
		return err
	}
	notice := "suggested"
	if sent.State.State == "" {
		notice = "suggesting"
	}
	return redirect(c, "/account?notice="+notice+"#sent")
}

// edited writes what a form changed into a file, or says why there is nothing to suggest. The metadata is what the form
// showed: the file's, with what it inherits.
func (s *Server) edited(doc metadata.Document, m metadata.Metadata, typed themes.Fields, body, lang string) ([]byte, []themes.Problem, error) {
	text, err := doc.With(s.change(s.fields(m, lang), typed, m, string(doc.Body), body))
	if errors.Is(err, metadata.ErrFront) {
		return nil, []themes.Problem{s.tooMuchSaid(lang)}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	same, err := doc.With(metadata.Edit{})
	if err != nil {
		return nil, nil, err
	}
	_, found := metadata.Parse("index.md", text)
	switch {
	case bytes.Equal(text, same):
		return nil, []themes.Problem{{Message: s.o.Theme.Text(lang, "suggest.nothing")}}, nil
	case found.Refuse():
		return nil, s.spoken(found, lang), nil
	}
	return text, nil, nil
}

// letters shows administrators what servers sent that are no peers.
func (s *Server) letters(c *fiber.Ctx) error {
	if s.o.Letters == nil {
		return fiber.ErrNotFound
	}
	if _, err := s.admin(c); err != nil {
		return err
	}
	held, err := s.o.Letters.Held(c.UserContext())
	if err != nil {
		return err
	}
	var v themes.Letters
	for _, h := range held {
		message, _, _ := strings.Cut(strings.TrimSpace(h.Letter.Message), "\n")
		l := themes.Letter{
			ID: h.Name, Server: h.Letter.Server, Key: h.Key, Name: h.Letter.Name, Message: message, At: h.At,
			About: themes.Link{Label: h.Address.String(), URL: pathOf(h.Address, "")},
		}
		for _, f := range h.Letter.Files {
			l.Files = append(l.Files, path.Clean(f.Path))
		}
		v.List = append(v.List, l)
	}
	return s.page(c, "letters", themes.Frame{}, v)
}

// letterRelease decides about one of them.
func (s *Server) letterRelease(c *fiber.Ctx) error {
	if s.o.Letters == nil {
		return fiber.ErrNotFound
	}
	_, sent, err := formBy(c, s.admin)
	if err != nil {
		return err
	}
	reason := clip(strings.Join(strings.Fields(sent.Get("reason")), " "), 500)
	if err := s.o.Letters.Release(c.UserContext(), sent.Get("id"), sent.Get("do") == "let", reason); err != nil {
		return err
	}
	return redirect(c, "/peers/letters?notice=decided")
}

// sentLetters are an account's suggestions to other servers.
func (s *Server) sentLetters(ctx context.Context, account string) ([]themes.SentLetter, error) {
	if s.o.Letters == nil {
		return nil, nil
	}
	list, err := s.o.Letters.SentBy(ctx, account)
	var views []themes.SentLetter
	for _, one := range list[:min(len(list), 50)] {
		state := one.State.State
		if state == "" {
			state = "waiting"
		}
		views = append(views, themes.SentLetter{
			Title: one.Title, URL: "/id/" + string(one.About), To: one.To, At: one.Letter.Sent, State: state, Reason: one.State.Reason,
			There: web(one.State.URL),
		})
	}
	return views, err
}

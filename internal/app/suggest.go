package app

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// Suggestion is a change to be suggested from the command line.
type Suggestion struct {
	To      repository.Resource  // whose owner is to decide
	From    *repository.Resource // a remix whose text is offered to it; nil where Text is
	Text    []byte               // a whole index.md
	Actor   repository.Actor
	Message string
}

var errNothing = fmt.Errorf("%w: nothing in it is different from what is published", kind.ErrInvalid)

// Suggest offers a change to the owner of a resource, here or at the server where the resource lives. It returns where
// the suggestion is shown, or "" where that is not known yet, and its state.
func (a *App) Suggest(ctx context.Context, s Suggestion) (where, state string, err error) {
	name, doc, err := a.Repository.Original(ctx, s.To)
	if err != nil {
		return "", "", err
	}
	text := s.Text
	if s.From != nil {
		remix, err := a.Repository.Source(ctx, *s.From)
		if err != nil {
			return "", "", err
		}
		body := string(remix.Body)
		if strings.TrimSpace(body) == strings.TrimSpace(string(doc.Body)) {
			return "", "", errNothing
		}
		if text, err = doc.With(metadata.Edit{Body: &body}); err != nil {
			return "", "", err
		}
	}
	if _, problems := metadata.Parse(name, text); problems.Refuse() {
		return "", "", &repository.InvalidError{Problems: problems}
	}
	same, err := doc.With(metadata.Edit{})
	if err != nil {
		return "", "", err
	}
	if bytes.Equal(bytes.TrimSpace(same), bytes.TrimSpace(text)) {
		return "", "", errNothing
	}
	if s.To.Own() {
		one, err := a.Repository.Suggest(ctx, repository.Offer{
			Address: s.To.Address.Root(), Base: s.To.Revision, Actor: s.Actor, Message: s.Message, Edits: map[string]*[]byte{name: &text},
		})
		if err != nil {
			return "", "", err
		}
		return fmt.Sprintf("%s/suggestions/%d", a.Repository.URL(s.To.Address.Root()), one.Number), "open", nil
	}
	sent, err := a.Letters.Send(ctx, s.To, federation.Letter{
		Base: s.To.Revision, Message: s.Message, By: s.Actor.Name, Name: s.Actor.Display, Files: []federation.LetterFile{{Path: name, Data: text}},
	})
	if err != nil {
		return "", "", err
	}
	return sent.State.URL, sent.State.State, nil
}

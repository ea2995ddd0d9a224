package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// room returns federation.ErrFull where too many letters of strangers wait already, or too many of one site.
func (l *Letters) room(ctx context.Context, server string) error {
	all, ofHost, suffix := 0, 0, heldOf(server)
	for info, err := range l.app.bucket.List(ctx, heldPrefix) {
		if err != nil {
			return err
		}
		all++
		if strings.HasSuffix(info.Key, suffix) {
			ofHost++
		}
	}
	if all >= maxHeld || ofHost >= maxHeldOfHost {
		return federation.ErrFull
	}
	return nil
}

// heldOf ends the key of a held letter: it says whose it is, so that they are counted without being read.
func heldOf(server string) string { return "-" + shortSum(siteOf(server)) + ".json" }

// held is the key of a held letter by its name.
func (l *Letters) held(ctx context.Context, name string) (string, error) {
	for info, err := range l.app.bucket.List(ctx, heldPrefix+name+"-") {
		return info.Key, err
	}
	return "", fmt.Errorf("suggestion %s: %w", name, kind.ErrNotFound)
}

// hold keeps a letter of an unknown server, if not too many wait already.
func (l *Letters) hold(ctx context.Context, name string, got received) (federation.LetterState, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.room(ctx, got.Letter.Server); err != nil {
		return federation.LetterState{}, err
	}
	err := putJSON(ctx, l.app.bucket, heldPrefix+name+heldOf(got.Letter.Server), got, blob.IfAbsent())
	if err != nil && !errors.Is(err, blob.ErrConflict) {
		return federation.LetterState{}, err
	}
	return federation.LetterState{State: "held"}, nil
}

// store makes a letter a suggestion.
func (l *Letters) store(ctx context.Context, name string, got received) (federation.LetterState, error) {
	one, err := l.app.Repository.Suggest(ctx, got.Letter.Offer(got.Address))
	if errors.Is(err, repository.ErrCrowded) { // its sender keeps it, and tries again
		return federation.LetterState{}, fmt.Errorf("%w: %w", federation.ErrFull, err)
	}
	if err != nil {
		return federation.LetterState{}, err
	}
	got.Number, got.Letter.Files = one.Number, nil
	if err := putJSON(ctx, l.app.bucket, receivedPrefix+name+".json", got, blob.Always()); err != nil {
		return federation.LetterState{}, err
	}
	return l.State(ctx, name)
}

// State says what became of a letter, by its name here.
func (l *Letters) State(ctx context.Context, name string) (federation.LetterState, error) {
	if !named(name) {
		return federation.LetterState{}, kind.ErrNotFound
	}
	var got received
	err := readJSON(ctx, l.app.bucket, receivedPrefix+name+".json", &got)
	if errors.Is(err, blob.ErrNotFound) {
		if _, err = l.held(ctx, name); err == nil {
			return federation.LetterState{State: "held"}, nil
		}
	}
	if err != nil {
		return federation.LetterState{}, err
	}
	if got.Refused != "" {
		return federation.LetterState{State: "declined", Reason: got.Refused}, nil
	}
	list, err := l.app.Repository.Suggestions(ctx, got.Address.Root())
	if err != nil {
		return federation.LetterState{}, err
	}
	for _, one := range list {
		if one.Number == got.Number {
			state := federation.LetterState{State: "open", URL: fmt.Sprintf("%s/suggestions/%d", l.app.Repository.URL(got.Address.Root()), one.Number)}
			if one.State != repository.Open {
				state.State, state.Reason = string(one.State), one.Reason
				if one.State == repository.Removed {
					state.State = string(repository.Declined)
				}
			}
			return state, nil
		}
	}
	return federation.LetterState{State: "declined"}, nil // so old that the record has forgotten it
}

func named(name string) bool { return len(name) == 32 && strings.Trim(name, "0123456789abcdef") == "" }

// Held lists the letters of unknown servers, the oldest first, without what is in their files.
func (l *Letters) Held(ctx context.Context) (list []federation.HeldLetter, err error) {
	for info, err := range l.app.bucket.List(ctx, heldPrefix) {
		if err != nil {
			return list, err
		}
		var got received
		if err := readJSON(ctx, l.app.bucket, info.Key, &got); err != nil {
			return list, err
		}
		for i := range got.Letter.Files {
			got.Letter.Files[i].Data = nil
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(info.Key, heldPrefix), "-")
		list = append(list, federation.HeldLetter{Name: name, Letter: got.Letter, Key: got.Key, At: got.At, Address: got.Address})
	}
	slices.SortFunc(list, func(a, b federation.HeldLetter) int { return a.At.Compare(b.At) })
	return list, nil
}

// Release lets a held letter through to the owner of its resource, or refuses it for a reason.
func (l *Letters) Release(ctx context.Context, name string, through bool, reason string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !named(name) {
		return kind.ErrNotFound
	}
	key, err := l.held(ctx, name)
	if err != nil {
		return err
	}
	var got received
	if err := readJSON(ctx, l.app.bucket, key, &got); err != nil {
		return err
	}
	if through {
		_, err = l.store(ctx, name, got)
	} else {
		got.Letter.Files = nil
		if got.Refused = reason; reason == "" {
			got.Refused = "not accepted from this server"
		}
		err = putJSON(ctx, l.app.bucket, receivedPrefix+name+".json", got, blob.Always())
	}
	if err != nil {
		return err
	}
	return l.app.bucket.Delete(ctx, key)
}

// erase deletes the held letters that change any of the erased files of a repository: they have the text, too.
func (l *Letters) erase(ctx context.Context, at repository.Address, paths []string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for info, err := range l.app.bucket.List(ctx, heldPrefix) {
		if err != nil {
			return err
		}
		var got received
		if err := readJSON(ctx, l.app.bucket, info.Key, &got); err != nil {
			return err
		}
		touches := slices.ContainsFunc(got.Letter.Files, func(f federation.LetterFile) bool { return within(f.Path, paths) })
		if got.Address.Root() == at.Root() && touches {
			if err := l.app.bucket.Delete(ctx, info.Key); err != nil {
				return err
			}
		}
	}
	return nil
}

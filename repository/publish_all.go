package repository

import (
	"context"
	"errors"
)

// PublishAll publishes many folders, each all or nothing, and calls done for each with its place in the list, in the
// order in which they were settled. A folder that names another of the list as its source waits for it, so the order of
// the list does not matter. It returns how many were refused or failed; it stops early only if the context ends.
func (s *Service) PublishAll(ctx context.Context, list []Publication, done func(i int, o Outcome, err error)) (refused int, err error) {
	waiting := make([]int, len(list))
	for i := range list {
		waiting[i] = i
	}
	for len(waiting) > 0 {
		var later []int
		failed := map[int]error{}
		outcomes := map[int]Outcome{}
		for _, i := range waiting {
			if err := ctx.Err(); err != nil {
				return refused, err
			}
			o, err := s.Publish(ctx, list[i])
			if invalid, ok := errors.AsType[*InvalidError](err); ok && invalid.waits() {
				later = append(later, i)
				failed[i], outcomes[i] = err, o
				continue
			}
			if err != nil {
				refused++
			}
			done(i, o, err)
		}
		if len(later) == len(waiting) { // nothing moved: what is missing is not in the list
			for _, i := range later {
				refused++
				done(i, outcomes[i], failed[i])
			}
			break
		}
		waiting = later
	}
	return refused, nil
}

// waits reports whether publishing something else first could cure the error.
func (e *InvalidError) waits() bool {
	waits := false
	for _, p := range e.Problems {
		if p.Severity == "error" {
			if p.Code != codeSourceUnknown {
				return false
			}
			waits = true
		}
	}
	return waits
}

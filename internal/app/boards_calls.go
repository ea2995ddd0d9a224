package app

import (
	"context"
	"fmt"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Submit hands the newest revision of a resource in to a call.
func (b *Boards) Submit(ctx context.Context, call string, r repository.Resource, by approval.Actor, note string) (*approval.Submission, error) {
	c, err := b.Call(ctx, call)
	if err != nil {
		return nil, err
	}
	work, authors, err := b.Work(ctx, r)
	if err != nil {
		return nil, err
	}
	findings, err := b.findings(ctx, c, r)
	if err != nil {
		return nil, err
	}
	c, err = b.OnCall(ctx, call, func(*approval.Call) ([]approval.Event, error) {
		return []approval.Event{{Kind: approval.Submitted, By: by, Work: &work, Authors: authors, Findings: findings, Note: note}}, nil
	})
	if err != nil {
		return nil, err
	}
	return c.Submissions[len(c.Submissions)-1], nil
}

// Decide records what the votes say, and puts what is approved on the call's list. The votes of those who have left the board
// do not count, which the log says.
func (b *Boards) Decide(ctx context.Context, call string, number int, by approval.Actor, o approval.Outcome) (*approval.Submission, error) {
	c, err := b.Call(ctx, call)
	if err != nil {
		return nil, err
	}
	if o.Result != approval.Decline {
		if l, err := b.List(ctx, c.List); err != nil {
			return nil, err
		} else if l.Board != c.Board {
			return nil, fmt.Errorf("%w: the list %s is of another board", kind.ErrDenied, c.List)
		}
		if o.Expires.IsZero() {
			o.Expires = c.Expiry(b.app.now())
		}
	}
	c, err = b.OnCall(ctx, call, func(now *approval.Call) ([]approval.Event, error) {
		s, err := now.Submission(number)
		if err != nil {
			return nil, err
		}
		left, err := b.Left(ctx, now.Board, s.Votes)
		if err != nil {
			return nil, err
		}
		var events []approval.Event
		for _, account := range left {
			events = append(events, approval.Event{Kind: approval.Left, By: by, Submission: number, Account: account})
		}
		return append(events, approval.Event{Kind: approval.Decided, By: by, Submission: number, Outcome: &o}), nil
	})
	if err != nil {
		return nil, err
	}
	s, err := c.Submission(number)
	if err != nil || o.Result == approval.Decline {
		return s, err
	}
	return s, b.enter(context.WithoutCancel(ctx), c, s)
}

// Left are those who voted and do not review for the board any more: their votes do not count.
func (b *Boards) Left(ctx context.Context, board string, votes []approval.Vote) ([]string, error) {
	if len(votes) == 0 {
		return nil, nil
	}
	members, err := b.app.Accounts.Members(ctx, board)
	if err != nil {
		return nil, err
	}
	reviews := map[string]bool{}
	for _, m := range members {
		reviews[m.Account] = !m.Lapsed && (m.Role == accounts.Reviewer || m.Role == accounts.BoardChair)
	}
	var left []string
	for _, v := range votes {
		if !reviews[v.By] {
			left = append(left, v.By)
		}
	}
	return left, nil
}

// enter puts an approved submission on the list of its call, once.
func (b *Boards) enter(ctx context.Context, c *approval.Call, s *approval.Submission) error {
	by := approval.Actor{Name: s.Outcome.By, Display: s.Outcome.Name, Chair: true}
	_, err := b.Step(ctx, c.List, by, func(l *approval.List) ([]approval.Event, error) {
		if l.Has(c.ID, s.Number) {
			return nil, nil
		}
		entry := approval.EntryOf(c, s)
		return []approval.Event{{Kind: approval.Added, Entry: &entry, Authors: s.Authors}}, nil
	})
	if approval.Code(err) == "listed" { // by another decision
		return nil
	}
	return err
}

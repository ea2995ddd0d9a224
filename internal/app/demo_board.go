package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing/fstest"
	"time"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// The boards of the demonstration, and the one list of each.
const (
	demoBoard         = "state-board"
	demoDistrictBoard = "maplewood-board"
	demoList          = "fractions"
	demoDistrictList  = "our-fractions"
	demoReviewer      = "reviewer"
)

// demoApproved is what the state's board has approved; the first of it has a newer revision since.
var demoApproved = []string{"state-math/sharing-fairly", "state-math/how-many-scoops", "state-math/hops-of-two-thirds"}

// fillStateBoard has a board approve three materials: the first in a call that is decided, the others as its minutes say.
// Then a newer revision of the first is published, and another material waits for its reviews.
func (d Demo) fillStateBoard(ctx context.Context, a *App) error {
	if err := addBoard(ctx, a, demoBoard, "State adoption board", demoEditor); err != nil {
		return err
	}
	if _, err := a.Accounts.Add(ctx, demoReviewer, "Mr. Adeyemi", accounts.Author, demoPassword); err != nil && !errors.Is(err, kind.ErrConflict) {
		return err
	}
	if err := a.Accounts.SetMember(ctx, demoBoard, demoReviewer, accounts.Reviewer); err != nil {
		return err
	}
	if _, err := a.Boards.List(ctx, demoList); err == nil {
		return nil // a data folder that was used before
	}
	chair := approval.Actor{Name: demoEditor, Display: "Ms. Okafor", Chair: true}
	_, err := a.Boards.CreateList(ctx, approval.About{
		Slug: demoList, Board: demoBoard, BoardTitle: "State adoption board", Title: "Fractions, approved for grade 5", Language: "en",
		Description: "What the state's board has approved for fractions. Each entry is one exact version.",
	}, chair)
	if err != nil {
		return err
	}
	if err := d.decide(ctx, a, chair); err != nil {
		return err
	}
	for _, name := range demoApproved[1:] {
		r, err := a.Repository.Find(ctx, name)
		if err != nil {
			return err
		}
		o := approval.Outcome{Result: approval.Approve, Note: "Minutes of the board, September 2"}
		if err := a.Boards.Add(ctx, demoList, r, chair, o); err != nil {
			return err
		}
	}
	return d.release(ctx, a)
}

func addBoard(ctx context.Context, a *App, name, title, chair string) error {
	if err := a.Accounts.AddBoard(ctx, name, title); err != nil && !errors.Is(err, kind.ErrConflict) {
		return err
	}
	return a.Accounts.SetMember(ctx, name, chair, accounts.BoardChair)
}

// decide takes one material through a call, and leaves another one in it to be reviewed.
func (d Demo) decide(ctx context.Context, a *App, chair approval.Actor) error {
	now := a.now()
	terms := approval.Terms{
		ID: "fractions", Board: demoBoard, Title: "Fractions for grade 5", Description: "Lessons and units that make fractions visible.",
		Subjects: []string{"mathematics"}, Grades: []string{"5"}, Rubric: approval.Achieve("en"), Opens: now.AddDate(0, 0, -1), Closes: now.AddDate(0, 3, 0),
		Licenses: []string{"CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0"}, Reviews: 2, Quorum: 2, List: demoList, Months: 36,
	}
	reviewer := approval.Actor{Name: demoReviewer, Display: "Mr. Adeyemi", Reviewer: true}
	step := func(events ...approval.Event) error {
		_, err := a.Boards.OnCall(ctx, terms.ID, func(*approval.Call) ([]approval.Event, error) { return events, nil })
		return err
	}
	if err := step(approval.Event{Kind: approval.Opened, By: chair, Terms: &terms}); err != nil {
		return err
	}
	for _, name := range []string{demoApproved[0], "state-math/fractions-as-division"} {
		r, err := a.Repository.Find(ctx, name)
		if err != nil {
			return err
		}
		by := approval.Actor{Name: "state-math", Display: "State mathematics team"}
		if _, err := a.Boards.Submit(ctx, terms.ID, r, by, ""); err != nil {
			return err
		}
	}
	for i, who := range []approval.Actor{chair, reviewer} {
		v := approval.Review{Comment: "Ready for class as it is."}
		for n, c := range terms.Rubric.Criteria {
			score := approval.Score(3 - n%2)
			if n == 4 {
				score = approval.NotApplicable
			} else if n == 3 && i == 1 {
				score = 3
			}
			v.Marks = append(v.Marks, approval.Mark{Criterion: c.ID, Score: score})
		}
		err := step(
			approval.Event{Kind: approval.Declared, By: who, Submission: 1, Declaration: &approval.Declaration{}},
			approval.Event{Kind: approval.Reviewed, By: who, Submission: 1, Review: &v},
		)
		if err != nil {
			return err
		}
	}
	for _, who := range []approval.Actor{chair, reviewer} {
		if err := step(approval.Event{Kind: approval.Voted, By: who, Submission: 1, Vote: approval.Approve}); err != nil {
			return err
		}
	}
	_, err := a.Boards.Decide(ctx, terms.ID, 1, chair, approval.Outcome{Result: approval.Approve, Expires: time.Time{}})
	return err
}

// release publishes a newer revision of what is approved.
func (d Demo) release(ctx context.Context, a *App) error {
	r, err := a.Repository.Find(ctx, demoApproved[0])
	if err != nil {
		return err
	}
	old, err := a.Repository.Files(ctx, r)
	if err != nil {
		return err
	}
	files := fstest.MapFS{}
	err = fs.WalkDir(old, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := fs.ReadFile(old, name)
		files[name] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		return err
	}
	files["index.md"].Data = append(files["index.md"].Data, "\n## One more question\n\nAt another table four friends share three pizzas. Who gets more, and how do you know?\n"...)
	_, err = a.Repository.Publish(ctx, repository.Publication{
		Owner: r.Address.Owner, Slug: r.Address.Slug, Files: files, Actor: repository.Actor{Name: r.Address.Owner, Display: "State mathematics team"},
		Message: "A question to go on with",
	})
	return errors.Join(err, a.CatchUp(ctx))
}

// fillDistrictBoard has the district's board adopt the state's list and leave one entry out.
func (d Demo) fillDistrictBoard(ctx context.Context, a *App, state string) error {
	if err := addBoard(ctx, a, demoDistrictBoard, "Maplewood curriculum board", demoTeacher); err != nil {
		return err
	}
	if _, err := a.Boards.List(ctx, demoDistrictList); err == nil {
		return nil
	}
	chair := approval.Actor{Name: demoTeacher, Display: "Ms. Rivera", Chair: true}
	l, err := a.Boards.Adopt(ctx, approval.About{
		Slug: demoDistrictList, Board: demoDistrictBoard, BoardTitle: "Maplewood curriculum board", Title: "Fractions in Maplewood", Language: "en",
		Description: "The state's list, as our district teaches it.",
	}, state+"/lists/"+demoList, chair)
	if err != nil {
		return fmt.Errorf("adopt the state's list: %w", err)
	}
	f, err := a.Boards.kept(ctx, l.Follows.SHA256)
	if err != nil || len(f.Items) == 0 {
		return err
	}
	last := f.Items[len(f.Items)-1].Item.Identifier
	_, err = a.Boards.Step(ctx, demoDistrictList, chair, func(*approval.List) ([]approval.Event, error) {
		return []approval.Event{{Kind: approval.Excluded, Resource: last, Note: "We teach it in grade 6."}}, nil
	})
	return err
}

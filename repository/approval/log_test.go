package approval_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// clock moves on with every look, so that nothing is taken for fresh.
func clock() func() time.Time {
	var mu sync.Mutex
	at := today
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		at = at.Add(2 * time.Second)
		return at
	}
}

func always(events ...approval.Event) func(*approval.List) ([]approval.Event, error) {
	return func(*approval.List) ([]approval.Event, error) { return events, nil }
}

func TestTheLogIsTheState(t *testing.T) {
	t.Parallel()
	ctx, bucket := t.Context(), new(blob.Memory)
	one, other := approval.NewStore(bucket, clock()), approval.NewStore(bucket, clock())
	_, err := one.List(ctx, "math")
	require.ErrorIs(t, err, kind.ErrNotFound)
	_, err = one.OnList(ctx, "math", always(created()))
	require.NoError(t, err)
	_, err = one.OnList(ctx, "math", always(added(1, "a1"), added(2, "a1")))
	require.NoError(t, err)
	l, err := other.List(ctx, "math")
	require.NoError(t, err)
	assert.Len(t, l.Entries, 2)
	_, err = other.OnList(ctx, "math", always(accepted(2, "a2")))
	require.NoError(t, err)
	l, err = one.List(ctx, "math")
	require.NoError(t, err)
	assert.Equal(t, 4, l.Version)
	fresh, err := approval.NewStore(bucket, clock()).List(ctx, "math")
	require.NoError(t, err)
	assert.Equal(t, l.Entries, fresh.Entries)
	events, err := one.ListLog(ctx, "math")
	require.NoError(t, err)
	assert.Len(t, events, 4)
	n, err := one.ListLength(ctx, "math")
	require.NoError(t, err)
	assert.Equal(t, 3, n, "two entries were added in one step")
	steps, err := one.ListSteps(ctx, "math", 2, 9)
	require.NoError(t, err)
	require.Len(t, steps, 2)
	assert.Equal(t, []int{2, 3}, []int{steps[0].Number, steps[1].Number})
	assert.Equal(t, events[1:3], steps[0].Events)
	assert.Equal(t, events[3:], steps[1].Events)
	steps, err = one.ListSteps(ctx, "math", 4, 9)
	require.NoError(t, err)
	assert.Empty(t, steps)
	_, err = one.ListSteps(ctx, "none", 1, 9)
	require.ErrorIs(t, err, kind.ErrNotFound)
	all, err := other.Lists(ctx)
	require.NoError(t, err)
	assert.Len(t, all, 1)
}

func TestStepsAreTakenTogetherOrNotAtAll(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := approval.NewStore(new(blob.Memory), clock())
	_, err := s.OnList(ctx, "math", always(created(), added(1, "a1"), added(1, "a1")))
	require.Equal(t, "listed", approval.Code(err))
	_, err = s.List(ctx, "math")
	require.ErrorIs(t, err, kind.ErrNotFound)
	lists, err := s.Lists(ctx)
	require.NoError(t, err)
	assert.Empty(t, lists)
}

// TestOneStepOfManyWins has many stores accept another revision of the same entry from the same state.
func TestOneStepOfManyWins(t *testing.T) {
	t.Parallel()
	ctx, bucket := t.Context(), new(blob.Memory)
	_, err := approval.NewStore(bucket, clock()).OnList(ctx, "math", always(created(), added(1, "a1")))
	require.NoError(t, err)
	var wg, met sync.WaitGroup
	met.Add(10)
	won, refused := make(chan int, 10), make(chan error, 10)
	for i := range 10 {
		wg.Go(func() {
			together := sync.OnceFunc(func() { // nobody writes before all have seen the same state
				met.Done()
				met.Wait()
			})
			_, err := approval.NewStore(bucket, clock()).OnList(ctx, "math", func(l *approval.List) ([]approval.Event, error) {
				together()
				if e, _ := l.Entry(work(1, "a1").Identifier); e.Revision != hash("a1") {
					return nil, fmt.Errorf("%w: somebody was first", kind.ErrConflict)
				}
				return []approval.Event{accepted(1, fmt.Sprintf("c%d", i))}, nil
			})
			if err == nil {
				won <- i
			} else {
				refused <- err
			}
		})
	}
	wg.Wait()
	close(refused)
	require.Len(t, won, 1)
	for err := range refused {
		require.ErrorIs(t, err, kind.ErrConflict)
	}
	l, err := approval.NewStore(bucket, clock()).List(ctx, "math")
	require.NoError(t, err)
	assert.Equal(t, 3, l.Version)
}

func TestAChangedLogIsNamed(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for _, n := range []int{1, 2, 3} {
		bucket := new(blob.Memory)
		s := approval.NewStore(bucket, clock())
		for _, e := range []approval.Event{created(), added(1, "a1"), added(2, "a1"), added(3, "a1")} {
			_, err := s.OnList(ctx, "math", always(e))
			require.NoError(t, err)
		}
		key := fmt.Sprintf("decisions/lists/math/log/%08d", n)
		o, err := bucket.Get(ctx, key, blob.GetOptions{})
		require.NoError(t, err)
		var b bytes.Buffer
		_, err = b.ReadFrom(o.Body)
		require.NoError(t, errors.Join(err, o.Body.Close()))
		forged := bytes.Replace(b.Bytes(), []byte("Ms. Okafor"), []byte("Mr. Okafor"), 1)
		require.NotEqual(t, b.Bytes(), forged)
		_, err = bucket.Put(ctx, key, bytes.NewReader(forged), blob.Always())
		require.NoError(t, err)
		_, err = approval.NewStore(bucket, clock()).List(ctx, "math")
		require.ErrorContains(t, err, fmt.Sprintf("log/%08d is damaged", n+1), "the next one says that it follows another")
	}
}

func TestRubricsHaveVersionsThatStay(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := approval.NewStore(new(blob.Memory), clock())
	r := approval.Rubric{ID: "state", Title: "State rubric", Criteria: []approval.Criterion{{ID: "phonics", Title: "Phonics"}}}
	first, err := s.SaveRubric(ctx, r)
	require.NoError(t, err)
	r.Title = "State rubric, 2026"
	second, err := s.SaveRubric(ctx, r)
	require.NoError(t, err)
	assert.Equal(t, 2, second.Version)
	old, err := s.Rubric(ctx, first.Ref(), "en")
	require.NoError(t, err)
	assert.Equal(t, "State rubric", old.Title)
	newest, err := s.Rubric(ctx, approval.RubricRef{ID: "state"}, "en")
	require.NoError(t, err)
	assert.Equal(t, second, newest)
	all, err := s.Rubrics(ctx, "es")
	require.NoError(t, err)
	require.Len(t, all, 2)
	assert.Equal(t, "Rúbricas de REA de Achieve", all[0].Title)
	r.ID = approval.AchieveID
	_, err = s.SaveRubric(ctx, r)
	require.ErrorIs(t, err, kind.ErrConflict)
	_, err = s.Rubric(ctx, approval.RubricRef{ID: "../heads"}, "en")
	require.ErrorIs(t, err, kind.ErrNotFound)
}

func TestARubricThatIsSavedAtTheSameTimeTakesTheNextVersion(t *testing.T) {
	t.Parallel()
	ctx, bucket := t.Context(), new(blob.Memory)
	r := approval.Rubric{ID: "state", Title: "Theirs", Criteria: []approval.Criterion{{ID: "phonics", Title: "Phonics"}}}
	s := approval.NewStore(&blobtest.Overtaken{Store: bucket, Meanwhile: func() {
		_, err := approval.NewStore(bucket, clock()).SaveRubric(ctx, r)
		require.NoError(t, err)
	}}, clock())
	ours := r
	ours.Title = "Ours"
	saved, err := s.SaveRubric(ctx, ours)
	require.NoError(t, err)
	assert.Equal(t, 2, saved.Version)
	first, err := s.Rubric(ctx, approval.RubricRef{ID: "state", Version: 1}, "en")
	require.NoError(t, err)
	assert.Equal(t, "Theirs", first.Title, "a version never changes")
}

func TestAchieveInBothLanguages(t *testing.T) {
	t.Parallel()
	en, es := approval.Achieve("en"), approval.Achieve("es")
	require.NoError(t, en.Check())
	require.NoError(t, es.Check())
	require.Len(t, en.Criteria, 8)
	for i := range en.Criteria {
		assert.Equal(t, en.Criteria[i].ID, es.Criteria[i].ID)
		assert.NotEqual(t, en.Criteria[i].Title, es.Criteria[i].Title)
	}
	assert.Equal(t, en, approval.Achieve("fr"))
}

func BenchmarkListLog(b *testing.B) {
	ctx, bucket := b.Context(), new(blob.Memory)
	s := approval.NewStore(bucket, clock())
	events := []approval.Event{created()}
	for n := range 10_000 {
		events = append(events, added(n+1, "a1"))
	}
	_, err := s.OnList(ctx, "math", always(events...))
	require.NoError(b, err)
	b.Run("open/10k", func(b *testing.B) {
		for b.Loop() {
			_, err := approval.NewStore(bucket, clock()).List(ctx, "math")
			require.NoError(b, err)
		}
	})
	b.Run("append/10k", func(b *testing.B) {
		n := 10_001
		for b.Loop() {
			_, err := s.OnList(ctx, "math", always(added(n, "a1")))
			require.NoError(b, err)
			n++
		}
	})
	b.Run("file/10k", func(b *testing.B) {
		l, err := s.List(ctx, "math")
		require.NoError(b, err)
		for b.Loop() {
			_, err := approval.Render(l, "https://state.example", nil).JSON()
			require.NoError(b, err)
		}
	})
}

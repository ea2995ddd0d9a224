package blobtest_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
)

func TestFaultyFailsAsPlanned(t *testing.T) {
	for _, c := range []struct {
		fault      blobtest.Fault
		err        error // of Put, Delete and List
		happened   bool
		getFails   bool
		readsBytes int // of the eight, where Get answers
		lists      int // of the two, before the error
	}{
		{blobtest.None, nil, true, false, 8, 2},
		{blobtest.Delay, nil, true, false, 8, 2},
		{blobtest.Before, blobtest.ErrInjected, false, true, 0, 0},
		{blobtest.After, blobtest.ErrInjected, true, true, 0, 0},
		{blobtest.Unavailable, blobtest.ErrUnavailable, false, true, 0, 0},
		{blobtest.Truncate, blobtest.ErrInjected, false, false, 4, 1},
	} {
		memory := new(blob.Memory)
		for _, key := range []string{"old", "older"} {
			_, err := memory.Put(t.Context(), key, strings.NewReader("12345678"), blob.Always())
			require.NoError(t, err)
		}
		s := blobtest.NewFaulty(memory)
		plan := func(blobtest.Op) blobtest.Fault { return c.fault }
		s.Plan(plan)

		obj, err := s.Get(t.Context(), "old", blob.GetOptions{})
		assert.Equal(t, c.getFails, err != nil, "%+v", c)
		if err == nil {
			data, err := io.ReadAll(obj.Body)
			assert.Len(t, data, c.readsBytes)
			assert.ErrorIs(t, err, c.err)
		}
		listed := 0
		for _, err = range s.List(t.Context(), "") {
			if err == nil {
				listed++
			}
		}
		assert.ErrorIs(t, err, c.err)
		assert.Equal(t, c.lists, listed)
		_, err = s.Put(t.Context(), "new", strings.NewReader("x"), blob.IfAbsent())
		assert.ErrorIs(t, err, c.err)
		assert.ErrorIs(t, s.Delete(t.Context(), "old"), c.err)

		assert.Equal(t, map[blobtest.Kind]int{blobtest.Get: 1, blobtest.List: 1, blobtest.Put: 1, blobtest.Delete: 1}, s.Counts())
		assert.Empty(t, s.Ops())
		if c.fault != blobtest.None {
			assert.Equal(t, map[blobtest.Fault]int{c.fault: 4}, s.Faults())
		}
		s.Plan(nil)
		_, err = s.Get(t.Context(), "new", blob.GetOptions{})
		assert.Equal(t, c.happened, err == nil, "put with %+v", c)
		_, err = s.Get(t.Context(), "old", blob.GetOptions{})
		assert.Equal(t, c.happened, errors.Is(err, blob.ErrNotFound), "delete with %+v", c)
	}
}

func TestRandomFaultsComeAtTheirRateAndAgain(t *testing.T) {
	const calls, rate = 10_000, 0.03
	faults := []blobtest.Fault{blobtest.Before, blobtest.After, blobtest.Unavailable}
	first, again := blobtest.Random(1, rate, faults...), blobtest.Random(1, rate, faults...)
	counts := map[blobtest.Fault]int{}
	for range calls {
		fault := first(blobtest.Op{})
		require.Equal(t, fault, again(blobtest.Op{}))
		counts[fault]++
	}
	for _, fault := range faults {
		assert.InDelta(t, calls*rate, counts[fault], 60)
	}
	assert.Equal(t, calls, counts[blobtest.None]+counts[faults[0]]+counts[faults[1]]+counts[faults[2]])
}

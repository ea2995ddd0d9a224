package app_test

import (
	"os"
	"slices"
	"strconv"
	"testing"
	"time"
)

// TestServerTime measures how long the server takes for each kind of page, over the loopback and uncompressed, with as many
// resources as RESOURCES says, and prints the median and the 99th percentile of 300 requests after the first. It asserts
// nothing, and runs when it is asked for, alone on an idle machine:
//
//	RESOURCES=100000 go test ./internal/app -run TestServerTime -v -timeout 30m
func TestServerTime(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("RESOURCES"))
	if err != nil {
		return
	}
	m := withManyPages(t, n)
	member := m.SignIn(t, "kim", "")
	t.Logf("%d resources:  first  median     p99", n)
	for _, k := range m.kinds {
		if k.form != nil || k.fresh {
			continue
		}
		v := m.Visitor
		if k.member {
			v = member
		}
		took := make([]time.Duration, 301)
		for i := range took {
			began := time.Now()
			v.Get(t, k.path, "Accept-Encoding", "identity")
			took[i] = time.Since(began)
		}
		first, rest := took[0], took[1:]
		slices.Sort(rest)
		t.Logf("%7.1f %7.1f %7.1f ms %s", ms(first), ms(rest[len(rest)/2]), ms(rest[len(rest)*99/100]), k.name)
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

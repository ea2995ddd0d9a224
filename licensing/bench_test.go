package licensing

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// wideGraph is a graph of n works in which each is made from up to three earlier ones.
func wideGraph(n int) Graph {
	r := rand.New(rand.NewPCG(1, 2))
	ids := []ID{CCBY, CCBYSA, "CC-BY-3.0", "CC-BY-2.0", CC0, "CC-BY-SA-3.0", PublicDomainMark, "OGL-UK-3.0", "CC-BY-SA-3.0-DE", "CC-BY-2.5-ES"}
	g := Graph{Works: make([]Work, n)}
	for i := range g.Works {
		w := &g.Works[i]
		w.Ref = fmt.Sprintf("oai:example.org:%08d", i)
		w.License = ids[i%len(ids)]
		for k := 0; k < 3 && i > 0; k++ {
			w.From = append(w.From, g.Works[r.IntN(i)].Ref)
		}
	}
	return g
}

// timed measures each call of f and reports the median and the 99th percentile beside the mean.
func timed(b *testing.B, f func(i int)) {
	took := make([]time.Duration, 0, 1<<16)
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		f(i)
		if d := time.Since(start); len(took) < cap(took) {
			took = append(took, d)
		} else {
			took[i%len(took)] = d // the newest ones
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1000, "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1000, "p99-µs")
}

func BenchmarkEvaluate(b *testing.B) {
	for _, n := range []int{10, 1000} {
		g := wideGraph(n)
		b.Run(fmt.Sprintf("%d/verdict", n), func(b *testing.B) {
			b.ReportAllocs()
			q := Question{Graph: g, Output: CCBYSA, Target: g.Works[n-1].Ref}
			timed(b, func(int) { Evaluate(q) })
		})
		b.Run(fmt.Sprintf("%d/outputs", n), func(b *testing.B) {
			b.ReportAllocs()
			refs := []string{g.Works[n-1].Ref}
			timed(b, func(int) { g.Outputs(Adaptation, refs) })
		})
	}
}

func BenchmarkNormalize(b *testing.B) {
	var cases []stringCase
	readTestdata(b, "strings.json", &cases)
	b.Run("wild", func(b *testing.B) {
		b.ReportAllocs()
		timed(b, func(i int) {
			c := cases[i%len(cases)]
			NormalizeFrom(c.Input, c.Context)
		})
	})
	for name, s := range map[string]string{"id": "CC-BY-SA-4.0", "address": "https://creativecommons.org/licenses/by-nc-sa/3.0/us/", "sentence": "This work is licensed under a Creative Commons Attribution-NonCommercial-ShareAlike 4.0 International License."} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			timed(b, func(int) { Normalize(s) })
		})
	}
}

func BenchmarkAttribute(b *testing.B) {
	g := wideGraph(1000)
	for b.Loop() {
		Attribute(g, g.Works[999].Ref, "en")
	}
}

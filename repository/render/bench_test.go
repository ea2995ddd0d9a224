package render

import (
	"strings"
	"testing"
)

func BenchmarkRender(b *testing.B) {
	src := lesson(b)
	plain := []byte(strings.NewReplacer("$", "", "ce{", "").Replace(string(src)))
	for name, c := range map[string]struct {
		src  []byte
		cold bool
	}{
		"lesson/formulas cached": {src, false},
		"lesson/formulas new":    {src, true},
		"lesson/no formulas":     {plain, false},
	} {
		b.Run(name, func(b *testing.B) {
			r := newRenderer(b)
			b.ReportAllocs()
			b.SetBytes(int64(len(c.src)))
			for b.Loop() {
				if c.cold {
					r.set.cache.Purge()
				}
				if _, err := r.Render(c.src, part); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkPolicy(b *testing.B) {
	r := newRenderer(b)
	page, err := r.Render(lesson(b), part)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(page.HTML)))
	for b.Loop() {
		r.policy.Sanitize(string(page.HTML))
	}
}

func BenchmarkLoadTemml(b *testing.B) {
	for b.Loop() {
		if _, err := newEngine(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkText(b *testing.B) {
	src := lesson(b)
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		Text(src)
	}
}

package web

import (
	"strings"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/merge"
	"github.com/commonplace-oer/commonplace/themes"
)

// textBlock is a block of a text, without the blank lines after it.
type textBlock struct {
	kind merge.BlockType
	text string
}

// cutBlocks takes a text apart into paragraphs, headings, lists, tables and whatever else stands by itself.
func cutBlocks(body string) (list []textBlock) {
	for _, b := range repository.Compare("text.md", []byte("\n"+body), []byte("\n"+body)) {
		if text := strings.Trim(string(b.A), "\n"); strings.TrimSpace(text) != "" {
			list = append(list, textBlock{b.Type, text})
		}
	}
	return list
}

// joinBlocks puts blocks together, without those that are empty.
func joinBlocks(texts []string) string {
	var kept []string
	for _, t := range texts {
		if t != "" {
			kept = append(kept, t)
		}
	}
	return strings.Join(kept, "\n\n") + "\n"
}

// sign is what a block and its translation have in common.
func (b textBlock) sign() string {
	if b.kind == merge.Heading {
		return "heading" + strings.Repeat("#", len(b.text)-len(strings.TrimLeft(b.text, "#")))
	}
	return string(b.kind)
}

// laid lays the blocks of a translation beside those that it was made from: one by one where there are as many, else by
// what they are. What has no place comes last.
func laid(source, made []textBlock) []string {
	texts := make([]string, len(source))
	if len(source) == len(made) {
		for i, b := range made {
			texts[i] = b.text
		}
		return texts
	}
	a, b := make([]string, len(source)), make([]string, len(made))
	for i := range source {
		a[i] = source[i].sign()
	}
	for i := range made {
		b[i] = made[i].sign()
	}
	placed := map[int]bool{}
	for _, p := range common(a, b) {
		texts[p[0]], placed[p[1]] = made[p[1]].text, true
	}
	for i, m := range made {
		if !placed[i] {
			texts = append(texts, m.text)
		}
	}
	return texts
}

// translationRow is a block of the original as it is now, with its translation and how it was when that was written.
type translationRow struct {
	source, was, target string
	index               int    // of source in the original; -1 for what it does not have any more
	state               string // changed, added, removed; "" for what is as it was
}

// translationRows carries a translation of an older version over to the newest. Texts belong to the blocks of old; further
// ones belong to nothing.
func translationRows(old []textBlock, texts []string, now []textBlock) (rows []translationRow) {
	text := func(i int) string {
		if i < len(texts) {
			return texts[i]
		}
		return ""
	}
	a, b := make([]string, len(old)), make([]string, len(now))
	for i := range old {
		a[i] = old[i].text
	}
	for i := range now {
		b[i] = now[i].text
	}
	i, j := 0, 0
	for _, p := range append(common(a, b), [2]int{len(a), len(b)}) {
		for i < p[0] && j < p[1] { // one in the place of the other
			rows = append(rows, translationRow{source: b[j], was: a[i], target: text(i), index: j, state: "changed"})
			i, j = i+1, j+1
		}
		for ; i < p[0]; i++ {
			if t := text(i); t != "" {
				rows = append(rows, translationRow{was: a[i], target: t, index: -1, state: "removed"})
			}
		}
		for ; j < p[1]; j++ {
			rows = append(rows, translationRow{source: b[j], target: kept(now[j]), index: j, state: "added"})
		}
		if i < len(a) && j < len(b) {
			t := text(i)
			if t == "" {
				t = kept(now[j])
			}
			rows = append(rows, translationRow{source: b[j], target: t, index: j})
			i, j = i+1, j+1
		}
	}
	for ; i < len(texts); i++ {
		rows = append(rows, translationRow{target: texts[i], index: -1})
	}
	return rows
}

// kept is what a block is in any language: programs, diagrams and formulas are proposed as they are.
func kept(b textBlock) string {
	if b.kind == merge.Code || b.kind == merge.Formula || b.kind == merge.Rule {
		return b.text
	}
	return ""
}

// commonMost bounds the work of common; beyond it only equal beginnings count.
const commonMost = 4_000_000

// common is a longest common subsequence of two lists, as pairs of places.
func common(a, b []string) (pairs [][2]int) {
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		pairs = append(pairs, [2]int{start, start})
		start++
	}
	a, b = a[start:], b[start:]
	if len(a)*len(b) > commonMost {
		return pairs
	}
	width := len(b) + 1
	best := make([]int32, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				best[i*width+j] = best[(i+1)*width+j+1] + 1
			} else {
				best[i*width+j] = max(best[(i+1)*width+j], best[i*width+j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			pairs = append(pairs, [2]int{start + i, start + j})
			i, j = i+1, j+1
		case best[(i+1)*width+j] >= best[i*width+j+1]:
			i++
		default:
			j++
		}
	}
	return pairs
}

// rowViews are rows as the page shows them.
func rowViews(rows []translationRow) []themes.TranslateRow {
	views := make([]themes.TranslateRow, len(rows))
	extra := 0
	for i, r := range rows {
		v := themes.TranslateRow{Name: "b" + itoa(r.index), N: i + 1, Source: r.source, Text: r.target, State: r.state}
		if r.index < 0 {
			v.Name, v.Source = "x"+itoa(extra), r.was
			extra++
		}
		v.Height = min(20, 2+max(len(r.source), len(r.target))/48+max(strings.Count(r.source, "\n"), strings.Count(r.target, "\n")))
		if r.state == "changed" {
			for _, b := range merge.Diff([]byte(r.was), []byte(r.source)) {
				if len(b.Words) == 0 {
					if len(b.A) > 0 {
						v.Words = append(v.Words, themes.WordDiff{Kind: string(orMark(b.Kind, merge.Removed)), Text: string(b.A)})
					}
					if b.Kind != merge.Same && len(b.B) > 0 {
						v.Words = append(v.Words, themes.WordDiff{Kind: string(merge.Inserted), Text: string(b.B)})
					}
					continue
				}
				for _, w := range b.Words {
					v.Words = append(v.Words, themes.WordDiff{Kind: string(w.Kind), Text: w.Text})
				}
			}
		}
		views[i] = v
	}
	return views
}

// orMark is "same" for what is the same, or else a mark.
func orMark(k, other merge.Mark) merge.Mark {
	if k == merge.Same {
		return k
	}
	return other
}

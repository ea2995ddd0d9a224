package approval

import (
	"math"
	"slices"
)

// CohenKappa is how far two people agree beyond what chance would give (Cohen, A coefficient of agreement for nominal
// scales, Educational and Psychological Measurement 20, 1960): (po − pe) / (1 − pe), where po is the part of the things on
// which they agree and pe the part on which people with these habits would agree by chance. a and b are the categories that
// they chose, thing by thing. False where it is not defined: no things, or both put all into one category.
func CohenKappa(a, b []int) (float64, bool) {
	if len(a) != len(b) || len(a) == 0 {
		return 0, false
	}
	n := float64(len(a))
	same, left, right := 0.0, map[int]float64{}, map[int]float64{}
	for i := range a {
		if a[i] == b[i] {
			same++
		}
		left[a[i]]++
		right[b[i]]++
	}
	chance := 0.0
	for c := range left {
		chance += left[c] * right[c]
	}
	return beyondChance(same/n, chance/(n*n))
}

// FleissKappa is the same for any number of people (Fleiss, Measuring nominal scale agreement among many raters,
// Psychological Bulletin 76, 1971). counts says, thing by thing, how many people chose each category; each thing has as
// many people, at least 2. For two people it is Scott's pi, which is not Cohen's kappa. False where it is not defined.
func FleissKappa(counts [][]int) (float64, bool) {
	if len(counts) == 0 {
		return 0, false
	}
	people := sum(counts[0])
	if people < 2 {
		return 0, false
	}
	agreeing, share := 0.0, make([]float64, len(counts[0]))
	for _, row := range counts {
		if len(row) != len(share) || sum(row) != people {
			return 0, false
		}
		pairs := 0
		for c, n := range row {
			pairs += n * (n - 1)
			share[c] += float64(n)
		}
		agreeing += float64(pairs) / float64(people*(people-1))
	}
	things, chance := float64(len(counts)), 0.0
	for _, s := range share {
		p := s / (things * float64(people))
		chance += p * p
	}
	return beyondChance(agreeing/things, chance)
}

func beyondChance(observed, chance float64) (float64, bool) {
	if 1-chance < 1e-12 {
		return 0, false
	}
	return (observed - chance) / (1 - chance), true
}

func sum(list []int) (n int) {
	for _, v := range list {
		n += v
	}
	return n
}

// Agreement is how far reviewers agree on one submission. The things are the rubric's criteria, the categories its scores.
type Agreement struct {
	Reviewers int     `json:"reviewers"`
	Method    string  `json:"method,omitempty"` // cohen for two, fleiss for more; "" where there is nothing to compare
	Kappa     float64 `json:"kappa"`            // −1 to 1, rounded to 3 digits
	Defined   bool    `json:"defined"`          // false: nothing to compare, or all scores are the same
	Same      int     `json:"same"`             // criteria on which all agree
	Criteria  int     `json:"criteria"`
}

// Agree compares reviews by a rubric. A criterion that one of them has no score for is left out.
func Agree(r Rubric, reviews []Review) Agreement {
	g := Agreement{Reviewers: len(reviews)}
	if len(reviews) < 2 {
		return g
	}
	var rows [][]int // by criterion: the score of each reviewer
	for _, c := range r.Criteria {
		var row []int
		for _, v := range reviews {
			if m, ok := v.mark(c.ID); ok {
				row = append(row, int(m.Score))
			}
		}
		if len(row) == len(reviews) {
			rows = append(rows, row)
			if slices.Min(row) == slices.Max(row) {
				g.Same++
			}
		}
	}
	g.Criteria = len(rows)
	if len(reviews) == 2 {
		g.Method = "cohen"
		a, b := make([]int, len(rows)), make([]int, len(rows))
		for i, row := range rows {
			a[i], b[i] = row[0], row[1]
		}
		g.Kappa, g.Defined = CohenKappa(a, b)
	} else {
		g.Method = "fleiss"
		counts := make([][]int, len(rows))
		for i, row := range rows {
			counts[i] = make([]int, MaxScore+2)
			for _, score := range row {
				counts[i][score+1]++ // NotApplicable is −1
			}
		}
		g.Kappa, g.Defined = FleissKappa(counts)
	}
	g.Kappa = math.Round(g.Kappa*1000) / 1000
	return g
}

// Mean is what reviewers gave one criterion.
type Mean struct {
	Criterion string  `json:"criterion"`
	Title     string  `json:"title"`
	Mean      float64 `json:"mean"`         // of those to whom it applies, 0 to 3, rounded to 2 digits
	Scores    int     `json:"scores"`       // how many gave a score
	NA        int     `json:"na,omitempty"` // how many said that it does not apply
}

// Means are the mean scores by criterion.
func Means(r Rubric, reviews []Review) []Mean {
	list := make([]Mean, 0, len(r.Criteria))
	for _, c := range r.Criteria {
		m := Mean{Criterion: c.ID, Title: c.Title}
		for _, v := range reviews {
			switch mark, ok := v.mark(c.ID); {
			case !ok:
			case mark.Score == NotApplicable:
				m.NA++
			default:
				m.Mean += float64(mark.Score)
				m.Scores++
			}
		}
		if m.Scores > 0 {
			m.Mean = math.Round(m.Mean/float64(m.Scores)*100) / 100
		}
		list = append(list, m)
	}
	return list
}

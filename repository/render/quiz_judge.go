package render

import (
	"crypto/sha256"
	"encoding/hex"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"golang.org/x/text/unicode/norm"
)

// Answers are what a reader sent with the form of a quiz. They are compared and shown again; nothing else becomes of them.
type Answers struct {
	// Fields are those of the form, by their names.
	Fields map[string][]string
}

// MaxAnswer bounds, in characters, what a reader may write as one answer; the rest is not looked at.
const MaxAnswer = 200

// quizMark is what is known of a quiz before its answers are taken out of the text.
type quizMark struct {
	number int    // from 1, in the text
	id     string // changes when the questions do
	sent   bool   // its form was sent
	stale  bool   // for other questions than it has now
	each   []questionMark
}

// questionMark is how one question was answered.
type questionMark struct {
	several bool
	chosen  []int // from 1
	written string
	right   bool
}

func (m questionMark) empty() bool { return len(m.chosen) == 0 && m.written == "" }

// judge reads the quizzes of a text that still has its answers. It returns them by where they begin in the source, and
// where the explanations begin that the reader has earned: those of each choice made, and that of a question answered right.
func judge(doc ast.Node, src []byte, sent *Answers) (marks map[int]*quizMark, earned map[int]bool) {
	marks, earned = map[int]*quizMark{}, map[int]bool{}
	for i, quiz := range quizzes(doc) {
		m := &quizMark{number: i + 1}
		var asked strings.Builder
		var list []question
		for _, q := range questions(quiz) {
			if q.answered() {
				list = append(list, q)
				ask(&asked, q, src)
			}
		}
		sum := sha256.Sum256([]byte(asked.String()))
		m.id = strconv.Itoa(m.number) + "." + hex.EncodeToString(sum[:4])
		marks[quiz.start] = m
		var fields map[string][]string
		if sent != nil {
			of := first(sent.Fields["quiz"])
			number, _, _ := strings.Cut(of, ".")
			m.sent = number == strconv.Itoa(m.number)
			m.stale = m.sent && of != m.id
			if m.sent && !m.stale {
				fields = sent.Fields
			}
		}
		for j, q := range list {
			m.each = append(m.each, q.judge(fields["q"+strconv.Itoa(j+1)], src, earned))
		}
	}
	return marks, earned
}

// ask writes what tells a question from others, without its answers.
func ask(b *strings.Builder, q question, src []byte) {
	for _, n := range q.prompt {
		b.WriteString(plain(n, src) + "\n")
	}
	for _, c := range q.choices {
		b.WriteString("\x00" + plain(c.line, src))
	}
	b.WriteString("\x01")
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// judge compares what was sent for a question with its answers.
func (q question) judge(sent []string, src []byte, earned map[int]bool) questionMark {
	m := questionMark{several: q.several()}
	if len(q.choices) == 0 {
		m.written = strings.TrimSpace(limit(first(sent), MaxAnswer))
		for _, a := range q.answers {
			m.right = m.right || m.written != "" && SameAnswer(m.written, a.text(src))
		}
	} else {
		for _, s := range sent[:min(len(sent), len(q.choices))] {
			if n, err := strconv.Atoi(s); err == nil && n >= 1 && n <= len(q.choices) && !slices.Contains(m.chosen, n) && (m.several || len(m.chosen) == 0) {
				m.chosen = append(m.chosen, n)
			}
		}
		m.right = len(m.chosen) > 0
		for i, c := range q.choices {
			chosen := slices.Contains(m.chosen, i+1)
			m.right = m.right && chosen == c.box.IsChecked
			if chosen {
				earn(earned, c.reasons)
			}
		}
	}
	if m.right {
		earn(earned, q.reasons)
	}
	return m
}

func earn(earned map[int]bool, reasons []ast.Node) {
	for _, n := range reasons {
		start, _ := bytesOf(n)
		earned[start] = true
	}
}

func limit(s string, most int) string {
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most])
	}
	return s
}

var (
	slash     = regexp.MustCompile(` */ *`)
	thousands = regexp.MustCompile(`^([-−+]?[1-9]\d{0,2})((?:,\d{3})+)(\.\d+)?$`)
	comma     = regexp.MustCompile(`^([-−+]?\d{0,9}),(\d{1,9})$`)
	fraction  = regexp.MustCompile(`^([-−+]?)(?:(\d{1,9}) +)?(\d{1,9})/(\d{1,9})$`)
	decimal   = regexp.MustCompile(`^[-−+]?(?:\d{1,15}(?:\.\d{0,15})?|\.\d{1,15})$`)
)

// SameAnswer reports whether two short answers mean the same: numbers by their value, so that 3/4, 6/8 and 0.75 are one,
// and words without regard to case, spaces, accents and a period at the end. A tilde counts: año is not ano.
func SameAnswer(a, b string) bool {
	x, isNumber := valueOf(a)
	y, too := valueOf(b)
	if isNumber && too {
		return x.Cmp(y) == 0
	}
	return fold(a) == fold(b)
}

// valueOf reads a number as students write it: 3/4, 1 3/4, 0.75, .75, 0,75, 1,000, 50%.
func valueOf(s string) (*big.Rat, bool) {
	var plain strings.Builder
	for _, r := range limit(s, MaxAnswer) {
		digits := norm.NFKC.String(string(r))
		if strings.ContainsRune(digits, '\u2044') {
			plain.WriteByte(' ') // 1½ is 1 1/2
		}
		plain.WriteString(digits)
	}
	s = strings.Join(strings.Fields(strings.TrimSuffix(strings.TrimSpace(plain.String()), ".")), " ")
	s = strings.NewReplacer("\u2044", "/", "− ", "-", "- ", "-", "−", "-").Replace(s)
	s = slash.ReplaceAllString(s, "/")
	percent := strings.HasSuffix(s, "%")
	s = strings.TrimPrefix(strings.TrimSpace(strings.TrimSuffix(s, "%")), "+")
	if m := thousands.FindStringSubmatch(s); m != nil {
		s = m[1] + strings.ReplaceAll(m[2], ",", "") + m[3]
	} else if m := comma.FindStringSubmatch(s); m != nil {
		s = m[1] + "." + m[2]
	}
	r := new(big.Rat)
	if m := fraction.FindStringSubmatch(s); m != nil {
		if _, ok := r.SetString(m[3] + "/" + m[4]); !ok {
			return nil, false
		}
		if m[2] != "" {
			whole, _ := new(big.Rat).SetString(m[2])
			r.Add(r, whole)
		}
		if m[1] == "-" {
			r.Neg(r)
		}
	} else if _, ok := r.SetString(strings.TrimSuffix(s, ".")); !ok || !decimal.MatchString(s) {
		return nil, false
	}
	if percent {
		r.Quo(r, big.NewRat(100, 1))
	}
	return r, true
}

// fold returns the words of an answer in the form in which they are compared.
func fold(s string) string {
	var b strings.Builder
	last := ' '
	for _, r := range norm.NFKD.String(strings.ToLower(limit(s, MaxAnswer))) {
		if unicode.Is(unicode.Mn, r) && (r != '\u0303' || last != 'n') {
			continue
		}
		b.WriteRune(r)
		last = r
	}
	return strings.Join(strings.Fields(strings.TrimRight(strings.TrimSpace(b.String()), ".!")), " ")
}

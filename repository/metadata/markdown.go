package metadata

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// blankCode gives a text of the same length and lines in which code, and comments in HTML, are blanks.
func blankCode(body []byte) []byte {
	text := bytes.Clone(body)
	fence, length := byte(0), 0
	for at := 0; at < len(text); {
		line, next := lineAt(text, at)
		marker, n, bare := fenceOf(line)
		switch {
		case fence == 0 && n >= 3 && (marker == '~' || !bytes.Contains(bytes.TrimLeft(line, " \t>`"), []byte("`"))):
			fence, length = marker, n
			blank(text[at:next])
		case fence != 0:
			if marker == fence && n >= length && bare {
				fence = 0
			}
			blank(text[at:next])
		}
		at = next
	}
	blankBetween(text, "<!--", "-->")
	blankSpans(text)
	return text
}

// fenceOf reads the fence of a code block that a line starts with: its character, how often, and whether nothing else
// is on the line.
func fenceOf(line []byte) (marker byte, n int, bare bool) {
	t := bytes.TrimLeft(line, " \t>")
	for _, m := range []string{"- ", "* ", "+ "} {
		t = bytes.TrimLeft(bytes.TrimPrefix(t, []byte(m)), " ")
	}
	if len(t) == 0 || t[0] != '`' && t[0] != '~' {
		return 0, 0, false
	}
	for n < len(t) && t[n] == t[0] {
		n++
	}
	return t[0], n, len(bytes.TrimSpace(t[n:])) == 0
}

// blankSpans blanks `code` in running text: a run of backquotes up to the next run of the same length in the paragraph.
func blankSpans(text []byte) {
	for start := 0; start < len(text); {
		end := len(text)
		if i := paragraphEnd.FindIndex(text[start:]); i != nil {
			end = start + i[1]
		}
		paragraph := text[start:end]
		runs := map[int][]int{} // offsets of the runs of each length
		for i := 0; i < len(paragraph); i++ {
			if paragraph[i] == '`' {
				n := runAt(paragraph, i)
				runs[n] = append(runs[n], i)
				i += n - 1
			}
		}
		for i := 0; i < len(paragraph); i++ {
			if paragraph[i] != '`' {
				continue
			}
			n := runAt(paragraph, i)
			later := runs[n]
			for len(later) > 0 && later[0] <= i {
				later = later[1:]
			}
			runs[n] = later
			if len(later) == 0 {
				i += n - 1
				continue
			}
			blank(paragraph[i : later[0]+n])
			i = later[0] + n - 1
		}
		start = end
	}
}

var paragraphEnd = regexp.MustCompile(`\n[ \t\r]*\n`)

func runAt(text []byte, i int) int {
	n := 0
	for i+n < len(text) && text[i+n] == '`' {
		n++
	}
	return n
}

func blankBetween(text []byte, open, end string) {
	for at := 0; ; {
		i := bytes.Index(text[at:], []byte(open))
		if i < 0 {
			return
		}
		j := bytes.Index(text[at+i:], []byte(end))
		if j < 0 {
			return
		}
		blank(text[at+i : at+i+j+len(end)])
		at += i + j + len(end)
	}
}

func blank(text []byte) {
	for i, c := range text {
		if c != '\n' && c != '\r' {
			text[i] = ' '
		}
	}
}

var (
	markdownImage = regexp.MustCompile(`!\[[^\]\n]*\]\([^)\n]*\)`)
	markdownLink  = regexp.MustCompile(`\[([^\]\n]*)\](?:\([^)\n]*\)|\[[^\]\n]*\])`)
	markdownMarks = regexp.MustCompile("[*_`~]{1,3}|\\\\([[:punct:]])|<[^>\n]*>")
)

const excerptLength = 280 // characters

// countWords counts what stands between spaces and has a letter or a digit.
func countWords(text []byte) (count int) {
	counted := false // the word that is read
	for i := 0; i < len(text); {
		r, n := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(text[i:])
		}
		i += n
		switch {
		case unicode.IsSpace(r):
			counted = false
		case !counted && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			counted = true
			count++
		}
	}
	return count
}

// summarize counts the words of a text without its code, and gives its description or else its first paragraph on one line.
func summarize(description string, text []byte) (count int, excerpt string) {
	count = countWords(text)
	if description != "" {
		return count, shorten(strings.Join(strings.Fields(description), " "))
	}
	var words []string
	var kept fences
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if kept.hide(line) {
			if len(words) > 0 {
				break
			}
			continue
		}
		if line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, ":::") || strings.HasPrefix(line, "|") || strings.HasPrefix(line, "---") || strings.HasPrefix(line, "[") && strings.Contains(line, "]:") {
			if len(words) > 0 {
				break
			}
			continue
		}
		line = markdownImage.ReplaceAllString(line, "")
		line = markdownLink.ReplaceAllString(line, "$1")
		line = markdownMarks.ReplaceAllString(line, "$1")
		words = append(words, strings.Fields(strings.TrimLeft(line, ">-+ "))...)
	}
	return count, shorten(strings.Join(words, " "))
}

// shorten cuts a line after a whole word.
func shorten(line string) string {
	if utf8.RuneCountInString(line) <= excerptLength {
		return line
	}
	cut := string([]rune(line)[:excerptLength])
	if i := strings.LastIndexByte(cut, ' '); i > 0 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, " ,;:.") + "…"
}

// fences are the blocks between ::: name and ::: that are open at a line; true are those whose text may give answers away.
type fences []bool

// hide takes the next line and reports whether it stands in a teacher's block or in a quiz.
func (f *fences) hide(line string) bool {
	hidden := slices.Contains(*f, true)
	if rest, ok := strings.CutPrefix(line, ":::"); ok {
		name := strings.ToLower(strings.TrimLeft(strings.TrimSpace(strings.TrimLeft(rest, ":")), "{. "))
		switch {
		case name != "":
			*f = append(*f, strings.HasPrefix(name, "teach") || strings.HasPrefix(name, "quiz"))
		case len(*f) > 0:
			*f = (*f)[:len(*f)-1]
		}
	}
	return hidden || slices.Contains(*f, true)
}

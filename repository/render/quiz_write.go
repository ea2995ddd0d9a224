package render

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// quizNode is one level of a quiz as it is written: the whole of it, a question, a choice, or what belongs to one.
type quizNode struct {
	ast.BaseBlock
	open, shut string // around the children
}

var kindQuiz = ast.NewNodeKind("Quiz")

func (n *quizNode) Kind() ast.NodeKind            { return kindQuiz }
func (n *quizNode) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

func renderQuiz(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if q := n.(*quizNode); entering {
		_, _ = w.WriteString(q.open)
	} else {
		_, _ = w.WriteString(q.shut)
	}
	return ast.WalkContinue, nil
}

// within appends a new level to a node.
func within(parent ast.Node, open, shut string, children ...ast.Node) *quizNode {
	n := &quizNode{open: open, shut: shut}
	n.SetPos(parent.Pos())
	for _, c := range children {
		n.AppendChild(n, c) // and takes it from where it was
	}
	parent.AppendChild(parent, n)
	return n
}

// quiz makes a form of a quiz, or a list for paper where there is no address to send it to. For teachers, its answers go
// to the key.
func (p *pass) quiz(c *container) {
	if !c.closed {
		p.problem(c, "block-unclosed", fmt.Sprintf("the block %q has no end", c.given), "put a line with ::: after it")
	}
	list := questions(c)
	m := p.marks[c.start]
	if m == nil { // a quiz that is none without its answers
		m = &quizMark{}
	}
	number := strconv.Itoa(m.number)
	form := p.view.Quiz != "" && m.number > 0
	for n := c.Parent(); n != nil; n = n.Parent() {
		if _, inside := n.(*quizNode); inside {
			form = false
			p.problem(c, "quiz-nested", "a quiz stands in another one", "close the first one before it")
		}
	}
	p.page.Quizzes = true
	quiz := &quizNode{open: `<div class="quiz">`, shut: "</div>\n"}
	if form {
		quiz.open = `<form class="quiz" method="post" action="` + escape(p.view.Quiz) + "#n-q" + number + `">`
		quiz.shut = `<p class="send"><button type="submit">` + p.words.check + "</button></p></form>\n"
	}
	quiz.SetPos(c.Pos())
	c.Parent().ReplaceChild(c.Parent(), c, quiz)
	title := c.title
	if title == "" {
		title = p.words.quiz
	}
	quiz.open += `<p class="quiz-title">` + escape(title) + "</p>\n"
	if form {
		quiz.open += p.result(m) + `<input type="hidden" name="quiz" value="` + m.id + `">`
	}
	var key *quizNode
	if p.view.Audience == Teacher {
		key = within(p.keyOf(quiz), `<p class="quiz-title">`+escape(title)+"</p><ol>\n", "</ol>\n")
	}
	items := within(quiz, `<ol class="questions">`+"\n", "</ol>\n")
	asked := 0
	for _, q := range list {
		if !q.answered() {
			p.problem(q.prompt[0], "quiz-answers", "a question has no answers", "write a task list, such as - [x] right, or a line such as = 3/4")
			within(items, `<li class="text">`, "</li>\n", q.prompt...)
			continue
		}
		if asked++; asked > len(m.each) {
			m.each = append(m.each, questionMark{several: q.several()})
		}
		p.ask(items, q, "n-q"+number+"-"+strconv.Itoa(asked), "q"+strconv.Itoa(asked), form, m, m.each[asked-1])
		if key != nil {
			p.solve(key, q)
		}
	}
	if asked == 0 {
		p.problem(quiz, "quiz-empty", "the quiz has no questions", "write a question and under it a task list, or a line such as = 3/4")
	}
}

// result says how the quiz was answered, and leads to what is not right yet.
func (p *pass) result(m *quizMark) string {
	open := fmt.Sprintf(`<div id="n-q%d" class="result" role="status" tabindex="-1">`, m.number)
	switch {
	case m.stale:
		return open + "<p>" + p.words.stale + "</p></div>\n"
	case !m.sent:
		return fmt.Sprintf(`<div id="n-q%d"></div>`+"\n", m.number)
	}
	right := 0
	var again []string
	for i, q := range m.each {
		if q.right {
			right++
			continue
		}
		again = append(again, fmt.Sprintf(`<a href="#n-q%d-%d">%s %d</a>`, m.number, i+1, p.words.question, i+1))
	}
	text := open + "<p><strong>" + fmt.Sprintf(p.words.score, right, len(m.each)) + "</strong>"
	if len(again) > 0 {
		text += " " + p.words.again + " " + strings.Join(again, ", ") + "."
	}
	return text + "</p></div>\n"
}

// ask writes one question.
func (p *pass) ask(items ast.Node, q question, id, name string, form bool, m *quizMark, how questionMark) {
	item := within(items, `<li id="`+id+`">`, "</li>\n")
	if m.number == 0 {
		item.open = "<li>"
	}
	prompt := within(item, "<div>", "</div>", q.prompt...)
	described := ""
	if form {
		prompt.open = `<div id="` + id + `p">`
		if m.sent && !m.stale {
			described = ` aria-describedby="` + id + `m"`
		}
	}
	labelled := ` aria-labelledby="` + id + `p"` + described
	switch {
	case len(q.choices) == 0 && form:
		within(item, `<p><input type="text" name="`+name+`" value="`+escape(how.written)+`" maxlength="`+strconv.Itoa(MaxAnswer)+
			`" autocomplete="off"`+labelled+">", "</p>")
	case len(q.choices) == 0:
		within(item, `<p class="blank">`, "</p>")
	default:
		kind, role := "radio", "radiogroup"
		if how.several {
			kind, role = "checkbox", "group"
			within(item, `<p class="several">`+p.words.several, "</p>")
		}
		list := within(item, `<ol class="choices">`+"\n", "</ol>\n")
		if form {
			group := within(item, `<div role="`+role+`"`+labelled+">", "</div>")
			group.AppendChild(group, list)
		}
		for i, c := range q.choices {
			box := ""
			if form {
				box = `<input type="` + kind + `" name="` + name + `" value="` + strconv.Itoa(i+1) + `"`
				for _, n := range how.chosen {
					if n == i+1 {
						box += ` checked=""`
					}
				}
				box = "<label>" + box + "> "
			}
			p.choice(list, c, box)
		}
	}
	if form && m.sent && !m.stale {
		class, words := "miss", p.words.wrong
		switch {
		case how.right:
			class, words = "ok", p.words.right
		case how.empty():
			class, words = "miss", p.words.unanswered
		}
		within(item, `<p id="`+id+`m" class="mark `+class+`">`+words, "</p>")
	}
	p.reasons(item, q.reasons)
}

// choice writes one choice: its line is the label of its box.
func (p *pass) choice(list ast.Node, c choice, box string) {
	item := within(list, "<li>", "</li>\n")
	shut := ""
	if box != "" {
		shut = "</label>"
	}
	c.line.RemoveChild(c.line, c.box)
	var rest []ast.Node
	for n := c.line.NextSibling(); n != nil; n = n.NextSibling() {
		if n.Kind() != ast.KindBlockquote {
			rest = append(rest, n)
		}
	}
	label := within(item, box, shut)
	for n := c.line.FirstChild(); n != nil; n = c.line.FirstChild() {
		label.AppendChild(label, n)
	}
	for _, n := range rest {
		item.AppendChild(item, n)
	}
	p.reasons(item, c.reasons)
}

// reasons writes explanations. Students have only those that they have earned in their source; teachers find them all in
// the key.
func (p *pass) reasons(item ast.Node, list []ast.Node) {
	for _, n := range list {
		if p.view.Audience != Teacher {
			within(item, `<div class="reason">`, "</div>\n", childrenOf(n)...)
		}
	}
}

func childrenOf(n ast.Node) (list []ast.Node) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		list = append(list, c)
	}
	return list
}

// keyOf is where the answers of all quizzes are: at the end of the text, on a page of its own on paper.
func (p *pass) keyOf(quiz ast.Node) ast.Node {
	if p.key == nil {
		root := quiz
		for root.Parent() != nil {
			root = root.Parent()
		}
		p.key = within(root, `<div class="key">`+"\n", "</div>\n")
		p.keyHeading = ast.NewHeading(6)
		p.keyHeading.SetPos(quiz.Pos())
		p.keyHeading.AppendChild(p.keyHeading, ast.NewString([]byte(p.words.key)))
		p.key.AppendChild(p.key, p.keyHeading)
	}
	return p.key
}

// solve writes the answers of a question into the key.
func (p *pass) solve(key ast.Node, q question) {
	var answers []string
	for i, c := range q.choices {
		if c.box.IsChecked {
			answers = append(answers, "<strong>"+letterOf(i)+"</strong> "+escape(p.choiceText[c.item]))
		}
	}
	for _, a := range q.answers {
		answers = append(answers, escape(a.text(p.src)))
		if strings.Contains(a.text(p.src), "$") || a.text(p.src) == hidden {
			p.problem(a, "quiz-answer", "nobody can write this answer", "write it as students type it, such as = 3/4")
		}
	}
	if len(answers) == 0 {
		p.problem(q.list, "quiz-right", "no choice of the question is right", "write [x] before those that are")
	}
	item := within(key, "<li><p>"+strings.Join(answers, "; ")+"</p>", "</li>\n")
	for i, c := range q.choices {
		for _, n := range c.reasons {
			within(item, `<div class="reason"><p><strong>`+letterOf(i)+"</strong></p>", "</div>\n", childrenOf(n)...)
		}
	}
	for _, n := range q.reasons {
		within(item, `<div class="reason">`, "</div>\n", childrenOf(n)...)
	}
}

// letterOf names a choice as the list does: A to Z, then AA.
func letterOf(i int) string {
	if i < 26 {
		return string(rune('A' + i))
	}
	return letterOf(i/26-1) + letterOf(i%26)
}

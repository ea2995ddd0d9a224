package render

import (
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
)

// newPolicy returns the second line of defense: it lets pass what this package writes, and nothing else. Whatever it
// removes is a defect of this package.
func newPolicy(math mathRules) *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "em", "strong", "del", "code", "pre", "blockquote", "ul", "ol", "li", "table", "thead",
		"tbody", "tr", "th", "td", "caption", "h2", "h3", "h4", "h5", "h6", "figure", "figcaption", "aside", "div", "span", "sup")
	p.AllowURLSchemes("http", "https", "mailto")
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("src").Matching(regexp.MustCompile(`^\.?/[^/\\][^\\]*$`)).OnElements("img")
	p.AllowAttrs("alt").OnElements("img")
	p.AllowAttrs("loading").Matching(regexp.MustCompile(`^lazy$`)).OnElements("img")
	p.AllowAttrs("decoding").Matching(regexp.MustCompile(`^async$`)).OnElements("img")
	p.AllowAttrs("title").OnElements("a", "img")
	p.AllowAttrs("rel").Matching(regexp.MustCompile(`^noopener noreferrer$`)).OnElements("a")
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^[0-9]{1,9}$`)).OnElements("ol")
	p.AllowAttrs("scope").Matching(regexp.MustCompile(`^(col|row)$`)).OnElements("th")
	p.AllowAttrs("tabindex").Matching(regexp.MustCompile(`^0$`)).OnElements("pre", "div", "span")
	p.AllowAttrs("role").Matching(regexp.MustCompile(`^(note|group|img|doc-[a-z]+)$`)).OnElements("aside", "div", "span", "a")
	p.AllowAttrs("aria-label").OnElements("div", "span", "a")
	p.AllowAttrs("id").Matching(regexp.MustCompile(`^(h-[\pL\pM\pN-]+|n-fn(ref)?[0-9]*:[0-9]+|n-q[0-9]+(-[0-9]+[pm]?)?)$`)).OnElements("h2", "h3", "h4", "h5", "h6", "li", "sup", "div", "p")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^(callout (teacher|note|tip|warning|example)|quiz|quiz-title|several|blank|send|key|reason|result|media|mark (ok|miss)|callout-title|footnotes|footnote-ref|footnote-backref|formula|left|center|right|refused|table|task|(k-[a-z0-9-]+ ?)+)$`)).
		OnElements("aside", "p", "div", "a", "td", "th", "span", "code", "pre")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^diagram$`)).OnElements("figure")

	allowDrawings(p)
	allowQuizzes(p)
	allowRecordings(p)
	p.AllowElements(strings.Fields(mathElements)...)
	p.AllowNoAttrs().OnElements(strings.Fields(mathElements)...)
	for name, rule := range math.attributes {
		p.AllowAttrs(name).Matching(rule).OnElements(strings.Fields(mathElements)...)
	}
	return p
}

// allowDrawings lets pass what canvas writes.
func allowDrawings(p *bluemonday.Policy) {
	for names, form := range map[string]string{
		"viewbox": `^0 0 \d{1,4}(\.\d)? \d{1,4}(\.\d)?$`,
		"width height x y stroke-width font-size": `^-?\d{0,4}(\.\d)?$`,
		"fill stroke":                    `^(none|currentColor)$`,
		"fill-opacity stroke-opacity":    `^\.\d$`,
		"stroke-linecap stroke-linejoin": `^round$`,
		"text-anchor":                    `^(start|middle)$`,
		"class":                          `^[sho]$`,
		"d":                              `^[MmLlHhVvAaQz0-9 .-]*$`,
	} {
		p.AllowAttrs(strings.Fields(names)...).Matching(regexp.MustCompile(form)).OnElements("svg", "g", "path", "text")
	}
	p.AllowAttrs("role").Matching(regexp.MustCompile(`^img$`)).OnElements("svg")
	p.AllowAttrs("aria-label").OnElements("svg")
}

// allowQuizzes lets pass forms that send to the quiz of a page of this server.
func allowQuizzes(p *bluemonday.Policy) {
	p.AllowAttrs("method").Matching(regexp.MustCompile(`^post$`)).OnElements("form")
	p.AllowAttrs("action").Matching(regexp.MustCompile(`^/[^/\\\s][^\\\s]*/quiz(\?view=(student|teacher))?#n-q[0-9]+$`)).OnElements("form")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^(quiz|questions|choices|text)$`)).OnElements("form", "ol", "li")
	p.AllowAttrs("type").Matching(regexp.MustCompile(`^(hidden|radio|checkbox|text)$`)).OnElements("input")
	p.AllowAttrs("type").Matching(regexp.MustCompile(`^submit$`)).OnElements("button")
	p.AllowAttrs("name").Matching(regexp.MustCompile(`^(quiz|q[0-9]+)$`)).OnElements("input")
	p.AllowAttrs("value").OnElements("input")
	p.AllowAttrs("checked").Matching(regexp.MustCompile(`^$`)).OnElements("input")
	p.AllowAttrs("maxlength").Matching(regexp.MustCompile(`^[0-9]{1,4}$`)).OnElements("input")
	p.AllowAttrs("autocomplete").Matching(regexp.MustCompile(`^off$`)).OnElements("input")
	p.AllowAttrs("aria-labelledby", "aria-describedby").Matching(regexp.MustCompile(`^n-q[0-9]+-[0-9]+[pm]$`)).OnElements("div", "input")
	p.AllowAttrs("role").Matching(regexp.MustCompile(`^(status|radiogroup)$`)).OnElements("div")
	p.AllowAttrs("tabindex").Matching(regexp.MustCompile(`^-1$`)).OnElements("div")
	p.AllowNoAttrs().OnElements("label")
}

// allowRecordings lets pass players of files of this server.
func allowRecordings(p *bluemonday.Policy) {
	own := regexp.MustCompile(`^\.?/[^/\\][^\\]*$`)
	p.AllowAttrs("src").Matching(own).OnElements("audio", "video", "track")
	p.AllowAttrs("poster").Matching(own).OnElements("video")
	p.AllowAttrs("controls", "default").Matching(regexp.MustCompile(`^$`)).OnElements("audio", "video", "track")
	p.AllowAttrs("preload").Matching(regexp.MustCompile(`^none$`)).OnElements("audio", "video")
	p.AllowAttrs("aria-label").OnElements("audio", "video")
	p.AllowAttrs("kind").Matching(regexp.MustCompile(`^captions$`)).OnElements("track")
	p.AllowAttrs("srclang", "label").Matching(regexp.MustCompile(`^[A-Za-z0-9-]{1,35}$`)).OnElements("track")
}

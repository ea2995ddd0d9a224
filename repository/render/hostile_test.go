package render

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

var fieldName = regexp.MustCompile(`^(quiz|q\d+)$`)

var safeID = regexp.MustCompile(`^(h-|n-fn|n-q)`)

// assertSafe reads a page as a browser does and fails on all that could act, load from elsewhere or take a name that is
// not its own.
func assertSafe(t *testing.T, page Page) {
	t.Helper()
	root, err := html.Parse(strings.NewReader("<!doctype html><body>" + string(page.HTML)))
	require.NoError(t, err)
	allowed := map[string]bool{"html": true, "head": true, "body": true, "a": true, "img": true}
	for _, e := range strings.Fields("p br hr em strong del code pre blockquote ul ol li table thead tbody tr th td h2 h3 h4 h5 h6 figure figcaption aside div span sup svg g path text form input button label audio video track caption " + mathElements) {
		allowed[e] = true
	}
	seen := map[string]bool{}
	for n := range root.Descendants() {
		if n.Type == html.CommentNode || n.Type == html.ElementNode && !allowed[n.Data] {
			t.Fatalf("unsafe node %q in %s", n.Data, page.HTML)
		}
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "name" && (n.Data != "input" || !fieldName.MatchString(a.Val)) || a.Key == "srcdoc" || a.Key == "target":
				t.Fatalf("unsafe attribute %s=%q in %s", a.Key, a.Val, page.HTML)
			case a.Key == "id":
				if !safeID.MatchString(a.Val) || seen[a.Val] {
					t.Fatalf("id %q is not safe or not unique", a.Val)
				}
				seen[a.Val] = true
			case a.Key == "action" && n.Data == "form":
				if !strings.HasPrefix(a.Val, part.Base+"/") {
					t.Fatalf("a form goes to %q", a.Val)
				}
			case a.Key == "href" && n.Data == "a":
				u, err := url.Parse(a.Val)
				if err != nil || !strings.Contains(" http https mailto ", " "+u.Scheme+" ") && u.Scheme != "" {
					t.Fatalf("unsafe address %q", a.Val)
				}
				if u.Host != "" && !strings.Contains(page.htmlTag(a.Val), "noopener") {
					t.Fatalf("outside link without rel: %q", a.Val)
				}
			case a.Key == "src" && strings.Contains(" img audio video track ", " "+n.Data+" ") || a.Key == "poster":
				if !strings.HasPrefix(a.Val, part.Base+"/raw/") {
					t.Fatalf("image from elsewhere: %q", a.Val)
				}
			case a.Key == "href" || a.Key == "src" || a.Key == "xlink:href" || a.Key == "action":
				t.Fatalf("%s on %s", a.Key, n.Data)
			}
		}
	}
}

// htmlTag returns the page's source from an attribute's value to the end of its tag.
func (p Page) htmlTag(value string) string {
	_, after, _ := strings.Cut(string(p.HTML), `href="`+html.EscapeString(value)+`"`)
	tag, _, _ := strings.Cut(after, ">")
	return tag
}

func TestHostileLessonsAreShownSafely(t *testing.T) {
	for name, src := range map[string]string{
		"script":               "<script>alert(1)</script>",
		"script in line":       "a <script>alert(1)</script> b",
		"script across lines":  "a <script\n>alert(1)</script\n> b",
		"image handler":        `<img src=x onerror=alert(1)>`,
		"image handler inline": `a <img src=x onerror=alert(1)> b`,
		"svg onload":           `<svg onload=alert(1)><script>alert(1)</script></svg>`,
		"math href":            `<math href="javascript:alert(1)">x</math> <math><maction actiontype="statusline" xlink:href="javascript:alert(1)">x</maction></math>`,
		"style":                "<style>*{background:url(//evil.example)}</style> <p style=position:fixed>x</p>",
		"iframe, form, base":   "<iframe src=//evil.example></iframe><form action=//evil.example><input name=q></form><base href=//evil.example>",
		"comment that ends":    "<!-- a --> <script>alert(1)</script> <!-- b -->",
		"comment trick":        "<!--><script>alert(1)</script>-->",
		"comment trick 2":      "a <!--> <img src=x onerror=alert(1)> --> b",
		"CDATA, PI, doctype":   "<![CDATA[<script>]]> <?php x ?> <!DOCTYPE x>",
		"javascript":           "[x](javascript:alert(1))",
		"javascript entity":    "[x](&#106;avascript:alert(1)) [x](javascript&colon;alert(1)) [x](java&Tab;script:alert(1)) [x](&#x0A;javascript:alert(1))",
		"javascript case":      "[x](JaVaScRiPt:alert(1)) [x](<java\tscript:alert(1)>) [x](\\javascript:alert(1))",
		"javascript reference": "[x]\n\n[x]: javascript:alert(1)",
		"javascript autolink":  "<javascript:alert(1)> <vbscript:x> <data:text/html,x> <file:///etc/passwd>",
		"data":                 "[x](data:text/html;base64,PHNjcmlwdD4=) ![x](data:image/svg+xml;base64,PHN2Zz4=)",
		"other schemes":        "[x](vbscript:x) [x](file:///etc/passwd) [x](blob:x) [x](about:blank) [x](ftp://x) [x](view-source:x) [x](intent://x)",
		"user in address":      "[x](https://bank.example@evil.example/)",
		"backslashes":          `[x](\\\\evil.example) ![x](/\\evil.example/a.png) ![x](\\\\evil.example\\a.png)`,
		"attribute break":      `[x](https://a.example/"onmouseover="alert(1)) ![x" onerror="alert(1)](a.png "t\" onload=\"alert(1)")`,
		"alt with HTML":        `![<script>alert(1)</script>](a.png '"><script>alert(1)</script>')`,
		"outside image":        "![x](https://evil.example/p.png) ![x](//evil.example/p.png) ![x](/account/sign-out.png)",
		"image up and out":     "![x](../../../../etc/a.png) ![x](..%2f..%2f..%2fa.png) ![x](%00.png)",
		"clobbering":           "# location\n# document\n# __proto__\n# h-h-x\n# body\n\n[^x] [^__proto__]\n\n[^x]: a\n[^__proto__]: b",
		"same headings":        "# a\n# a\n# a 2\n# a-2\n# a 2 2\n",
		"heading attributes":   "# x {#location onclick=alert(1) style=x}",
		"code language":        "```\"><script>alert(1)</script>\nx\n```\n```python onclick=x\nx\n```",
		"tex href":             `$\href{javascript:alert(1)}{x}$ $\url{javascript:alert(1)}$`,
		"tex html":             `$\text{<script>alert(1)</script>}$ $\text{</annotation></semantics></math><img src=x onerror=alert(1)>}$`,
		"tex annotation":       `$x % </annotation></math><script>alert(1)</script>$`,
		"tex attributes":       `$\class{x}{y} $ $\id{location}{y}$ $\style{position:fixed}{y}$ $\data{x=y}{z}$ $\includegraphics{//evil.example/x.png}$`,
		"tex color":            `$\color{red;position:fixed}x$ $\textcolor{url(//evil.example)}{x}$ $\color{"onmouseover="}x$`,
		"tex label and ref":    `$$\label{location}\tag{1}x$$ $\ref{location} \eqref{x}$`,
		"tex sizes":            `$\rule{99999em}{99999em}\kern99999em\raisebox{9999em}{x}\hspace{-9999em}$`,
		"tex prototype":        `$\def\__proto__{x}\def\constructor{y}\constructor$ $\begin{constructor}\end{constructor}$ $\begin{__proto__}\end{__proto__}$`,
		"tex invalid":          "$\\frac{<img src=x onerror=alert(1)>$",
		"math block breaks":    "$$\n</code></pre><script>alert(1)</script>\n\n",
		"container title":      "::: note <script>alert(1)</script>\n:::\n::: \"><script>\n:::",
		"table":                "|<script>alert(1)</script>|\n|-|\n|[x](javascript:alert(1))|",
		"footnote":             "x[^\"onclick=alert(1)]\n\n[^\"onclick=alert(1)]: <script>alert(1)</script>",
		"control characters":   "a\x00b <scr\x00ipt>alert(1)</script> [x](java\x01script:alert(1)) \x1b[31m \u202e\ufeff",
		"not UTF-8":            "\xff\xfe<script>\x80</script> [\xc3](\xc3\x28)",
		"diagram label":        "```bar-model\nbar: <script>: </text></svg><script>alert(1)</script> + \" onload=alert(1) = <b>\n```",
		"diagram words":        "```number-line\nto: 3\nalt: \"><script>alert(1)</script>\ncaption: <img src=x onerror=alert(1)>\npoint: 1 </title></svg><script>\n```",
		"diagram refused":      "```fraction-bar\nbar: </code></pre><script>alert(1)</script>\n```",
		"diagram entities":     "```coordinate-plane\npoint: (1, 1) &lt;script&gt;&#x3c;script> ]]> <!--\n```",
		"quiz":                 "::: quiz <script>alert(1)</script>\n<script>alert(1)</script>\n- [x] <img src=x onerror=alert(1)>\n  > [x](javascript:alert(1))\n- [ ] [x](javascript:x)\n\nq\n= \"><script>alert(1)</script>\n:::",
		"quiz in quiz":         "::: quiz\na\n= 1\n::: quiz\nb\n- [x] c\n- [ ] d\n:::\n:::",
		"quiz in a list":       "- ::: quiz\n  a\n  = 1\n  :::\n- > ::: quiz\n  > - [x] a\n  > - [x] b\n",
		"outside recording":    "![x](https://evil.example/a.mp4) ![x](//evil.example/a.mp3) ![x](../../../a.webm) ![x](/a.mp4)",
		"recording title":      `![" onplay="alert(1)](a.mp4 "x") ![<script>](\"onerror=alert(1).mp3)`,
		"template syntax":      "{{.}} <%= x %> ${x} `{{` ",
	} {
		t.Run(name, func(t *testing.T) {
			r := newRenderer(t)
			for _, audience := range []Audience{Student, Teacher} {
				v := part
				v.Audience, v.Quiz = audience, part.Base+"/quiz"
				v.Answers = &Answers{map[string][]string{"quiz": {"1"}, "q1": {`"><script>alert(1)</script>`, "1"}, "q2": {`" onfocus="alert(1)`}}}
				page, err := r.Render([]byte(src), v)
				require.NoError(t, err)
				assertSafe(t, page)
			}
		})
	}
}

func TestRefusedThingsStayVisible(t *testing.T) {
	page := render(t, "<script>alert(1)</script>\n\n[a link](javascript:x) <b>bold</b>\n\n$\\href{x}{y}$")
	for _, want := range []string{"&lt;script&gt;alert(1)&lt;/script&gt;", `<span class="refused">a link</span>`, "&lt;b&gt;bold&lt;/b&gt;", `<code class="refused">\href{x}{y}</code>`} {
		assert.Contains(t, page.HTML, want)
	}
	assert.Len(t, page.Problems, 4)
}

// TestPolicyIsTheSecondLine plants defects where a writer could have one, behind all other checks.
func TestPolicyIsTheSecondLine(t *testing.T) {
	p := newRenderer(t).policy
	for planted, want := range map[string]string{
		`<script>x</script>a`:                                                                            "a",
		`<p onclick="x" style="y" id="location">a</p>`:                                                   "<p>a</p>",
		`<a href="javascript:x">a</a>`:                                                                   "a",
		`<img src="https://evil.example/a.png" alt="">`:                                                  `<img alt="">`,
		`<img src="//evil.example/a.png" alt="">`:                                                        `<img alt="">`,
		`<math><mi href="javascript:x">a</mi></math>`:                                                    "<math><mi>a</mi></math>",
		`<math><maction>a</maction></math>`:                                                              "<math>a</math>",
		`<math><mrow id="location" style="x">a</mrow></math>`:                                            "<math><mrow>a</mrow></math>",
		`<svg onload="x"><circle/></svg>a`:                                                               "<svg></svg>a",
		`<svg><path d="M0 0" fill="url(//evil.example)"/></svg>`:                                         `<svg><path d="M0 0"/></svg>`,
		`<svg><use href="//evil.example/a#b"/><animate/></svg>`:                                          "<svg></svg>",
		`<svg><text class="fixed" x="1e9">a</text></svg>`:                                                "<svg>a</svg>",
		`<h2 id="h-a" class="fixed">a</h2><h2 id="n-a">b</h2>`:                                           `<h2 id="h-a">a</h2><h2>b</h2>`,
		`<input name="q"><form>a</form>`:                                                                 "a",
		`<form action="https://evil.example/quiz#n-q1" method="get">a</form>`:                            "a",
		`<input name="password" formaction="//evil.example">`:                                            "",
		`<input type="password" name="q1">`:                                                              `<input name="q1">`,
		`<form action="//evil.example/quiz#n-q1">a</form><button formaction="//evil.example">b</button>`: "a<button>b</button>",
	} {
		assert.Equal(t, want, strings.TrimSpace(p.Sanitize(planted)), planted)
	}
}

func TestPolicyRemovesNothingThatWeWrite(t *testing.T) {
	r := newRenderer(t)
	src := lesson(t)
	for _, tex := range formulaCorpus() {
		src = append(src, fmt.Sprintf("\n\n$$%s$$\n\n$%s$\n", tex, tex)...)
	}
	v := part
	v.Audience = Teacher
	page, err := r.Render(src, v)
	require.NoError(t, err)
	count := func(s string) map[string]int {
		m := map[string]int{}
		for z := html.NewTokenizer(strings.NewReader(s)); z.Next() != html.ErrorToken; {
			for token, i := z.Token(), 0; i <= len(token.Attr); i++ {
				if i == len(token.Attr) {
					m[token.Data]++
				} else {
					m[token.Data+" "+token.Attr[i].Key+"="+token.Attr[i].Val]++
				}
			}
		}
		return m
	}
	doc, clean, _ := parse(r.parser, clean(src), v)
	var p Page
	require.NoError(t, newPass(clean, v, r.set, &p).run(doc))
	var b strings.Builder
	require.NoError(t, r.writer.Render(&b, clean, doc))
	assert.Equal(t, count(b.String()), count(string(page.HTML)))
}

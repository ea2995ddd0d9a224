package render

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// recording is audio or video of the repository.
type recording struct {
	ast.BaseInline
	html string
}

var kindRecording = ast.NewNodeKind("Recording")

func (n *recording) Kind() ast.NodeKind            { return kindRecording }
func (n *recording) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// playerOf returns the element that plays a file, or "".
func playerOf(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".mp3", ".ogg", ".m4a", ".wav":
		return "audio"
	case ".mp4", ".webm":
		return "video"
	}
	return ""
}

// beside finds what belongs to a recording: clip.vtt or clip.es.vtt, clip.txt or clip.md, and clip.jpg for clip.mp4.
type beside struct {
	tracks     map[string]string // captions by language; "" is the lesson's
	transcript string
	poster     string
}

var captionForm = regexp.MustCompile(`^(?:\.([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})?))?\.vtt$`)

func (v View) beside(name string) (b beside, known bool) {
	if v.Files == nil {
		return b, false
	}
	entries, err := fs.ReadDir(v.Files, path.Dir(name))
	if err != nil {
		return b, false
	}
	b.tracks = map[string]string{}
	stem := strings.TrimSuffix(name, path.Ext(name))
	for _, e := range entries {
		file := path.Join(path.Dir(name), e.Name())
		rest, ok := strings.CutPrefix(file, stem)
		if !ok || e.IsDir() {
			continue
		}
		if m := captionForm.FindStringSubmatch(rest); m != nil && len(b.tracks) < 20 {
			b.tracks[m[1]] = file
		}
		switch strings.ToLower(rest) {
		case ".txt", ".md":
			b.transcript = file
		case ".jpg", ".jpeg", ".png", ".webp":
			b.poster = file
		}
	}
	return b, true
}

// recording plays a file of the repository, which is loaded only when the reader starts it.
func (p *pass) recording(n *ast.Image, file address, alt string) {
	player := playerOf(file.path)
	b, known := p.view.beside(file.path)
	title := altOr(alt, path.Base(file.path))
	html := `<span class="media"><` + player + ` controls="" preload="none" src="` + escape(file.href) + `" aria-label="` + escape(title) + `"`
	if player == "video" && b.poster != "" {
		html += ` poster="` + escape(p.view.under("raw/"+b.poster)) + `"`
	}
	html += ">"
	var languages []string
	for language := range b.tracks {
		languages = append(languages, language)
	}
	slices.Sort(languages)
	shown := false
	for _, language := range languages {
		if player == "audio" {
			break // browsers do not show captions of sound: they are linked instead
		}
		srclang := altOr(language, altOr(p.view.Language, "en"))
		html += `<track kind="captions" src="` + escape(p.view.under("raw/"+b.tracks[language])) + `" srclang="` + escape(srclang) + `" label="` + escape(srclang) + `"`
		if !shown && (language == "" || strings.EqualFold(language, p.view.Language)) {
			html, shown = html+` default=""`, true
		}
		html += ">"
	}
	if player == "audio" {
		p.page.Sounds++
	} else if p.page.Films++; len(languages) > 0 {
		p.page.Captioned++
	}
	html += "</" + player + ">" + escape(title)
	transcript := b.transcript
	if transcript == "" && player == "audio" && len(languages) > 0 {
		transcript = b.tracks[languages[0]]
	}
	if transcript != "" {
		html += ` · <a href="` + escape(p.view.under("raw/"+transcript)) + `">` + p.words.transcript + "</a>"
	}
	r := &recording{html: html + "</span>"}
	r.SetPos(n.Pos())
	n.Parent().ReplaceChild(n.Parent(), n, r)
	stem := strings.TrimSuffix(path.Base(file.path), path.Ext(file.path))
	switch {
	case alt == "":
		p.problem(r, "media-title", "the recording has no title", "write what it is: ![An interview with a baker](…)")
	case known && player == "video" && len(languages) == 0:
		p.problem(r, "video-captions", "the video has no captions", "put them beside it as "+stem+".vtt, or "+stem+".es.vtt for another language")
	case known && player == "audio" && transcript == "":
		p.problem(r, "audio-transcript", "the recording has no transcript", "put its words beside it as "+stem+".txt or "+stem+".vtt")
	}
}

func renderRecording(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		_, _ = w.WriteString(n.(*recording).html)
	}
	return ast.WalkSkipChildren, nil
}

package render

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// SVGError says why an SVG drawing may not be shown, with the line it found it at.
type SVGError struct {
	Line   int
	Reason string

	Script  bool // it has a script, a handler of events or HTML, which would run where it is opened by itself
	Outside bool // it refers to something outside, and has nothing worse; as a picture it does without
}

func (e *SVGError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

const (
	svgSpace    = "http://www.w3.org/2000/svg"
	maxSVG      = 5 << 20
	maxSVGDepth = 200
)

// CheckSVG reports, as an *SVGError, why an SVG drawing may not be shown as an image: it has scripts, event handlers or
// references to something outside of it, or it is no SVG. Drawings made by the usual programs pass. Of several reasons it is
// the worst one: a script, else that not all of it can be read.
func CheckSVG(src []byte) error {
	d := xml.NewDecoder(bytes.NewReader(src))
	refuse := func(format string, args ...any) *SVGError {
		line, _ := d.InputPos()
		return &SVGError{Line: line, Reason: fmt.Sprintf(format, args...)}
	}
	var outside *SVGError // the first
	if len(src) > maxSVG {
		return refuse("the drawing is larger than %d MB", maxSVG>>20)
	}
	var open []string
	seen := false
	for {
		token, err := d.Token()
		switch {
		case errors.Is(err, io.EOF) && !seen:
			return refuse("it is no SVG drawing")
		case errors.Is(err, io.EOF) && outside != nil:
			return outside
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return refuse("it is not well-formed: %v", err)
		}
		var reason string
		script := false
		switch t := token.(type) {
		case xml.StartElement:
			if !seen && (t.Name.Local != "svg" || t.Name.Space != svgSpace) {
				return refuse("it is no SVG drawing: the root is %q in %q", t.Name.Local, t.Name.Space)
			}
			seen = true
			open = append(open, strings.ToLower(t.Name.Local))
			if len(open) > maxSVGDepth {
				return refuse("elements are nested deeper than %d", maxSVGDepth)
			}
			if reason, script = checkSVGElement(t); reason != "" && !script && outside == nil {
				outside = refuse("%s", reason)
				outside.Outside = true
			}
			if !script {
				reason = ""
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 && open[len(open)-1] == "style" && !ownCSS(string(t)) && outside == nil {
				outside = refuse("a style refers to something outside")
				outside.Outside = true
			}
		case xml.Directive:
			if text := string(t); len(text) < 7 || !strings.EqualFold(text[:7], "DOCTYPE") || strings.ContainsAny(text, "[") {
				reason = "a declaration may define entities"
			}
		case xml.ProcInst:
			if t.Target != "xml" {
				reason = fmt.Sprintf("the instruction %q is not allowed", t.Target)
			}
		}
		if reason != "" {
			err := refuse("%s", reason)
			err.Script = script
			return err
		}
	}
}

// checkSVGElement returns why an element is refused, or "", and whether a script would run.
func checkSVGElement(e xml.StartElement) (reason string, script bool) {
	switch name := strings.ToLower(e.Name.Local); name {
	case "script", "foreignobject", "iframe", "object", "embed", "audio", "video", "canvas", "handler", "listener", "link", "meta", "base":
		return fmt.Sprintf("the element %q is not allowed", name), true
	}
	if e.Name.Space == "http://www.w3.org/1999/xhtml" {
		return "HTML is not allowed", true
	}
	for _, a := range e.Attr {
		name, value := strings.ToLower(a.Name.Local), strings.TrimSpace(a.Value)
		switch {
		case a.Name.Space == "xmlns" || name == "xmlns":
		case strings.HasPrefix(name, "on"):
			return fmt.Sprintf("the event handler %q is not allowed", name), true
		case name == "href" || name == "src":
			if !ownReference(value) {
				reason, script = cmp.Or(reason, fmt.Sprintf("%s refers to something outside: %.60q", name, value)), runs(value)
			}
		case a.Name.Space == "http://www.w3.org/XML/1998/namespace" && name == "base":
			reason = cmp.Or(reason, "xml:base is not allowed")
		case name == "attributename" && (strings.Contains(strings.ToLower(value), "href") || strings.HasPrefix(strings.ToLower(value), "on")):
			return fmt.Sprintf("an animation may not change %q", value), true
		case a.Name.Space != "" || strings.HasPrefix(name, "aria-") || strings.HasPrefix(name, "data-"):
		case !ownCSS(value):
			reason = cmp.Or(reason, fmt.Sprintf("%s refers to something outside: %.60q", name, value))
		}
		if script {
			return reason, true
		}
	}
	return reason, false
}

// runs reports whether an address is a program rather than a place: any but those of the web and of files beside. Browsers
// pass over blanks and control characters in it.
func runs(address string) bool {
	scheme, _, found := strings.Cut(strings.Map(func(r rune) rune {
		if r <= ' ' {
			return -1
		}
		return r
	}, strings.ToLower(address)), ":")
	if !found || strings.ContainsAny(scheme, "/?#") {
		return false
	}
	return scheme != "http" && scheme != "https" && scheme != "mailto" && scheme != "file"
}

// ownReference reports whether an address is a place in the drawing, or a bitmap in the address itself.
func ownReference(s string) bool {
	if s == "" || strings.HasPrefix(s, "#") {
		return true
	}
	lower := strings.ToLower(s)
	for _, kind := range []string{"png", "jpeg", "gif", "webp"} {
		if strings.HasPrefix(lower, "data:image/"+kind+";base64,") {
			return true
		}
	}
	return false
}

// ownCSS reports whether a style or an attribute refers to places in the drawing only. Escapes could hide anything.
func ownCSS(s string) bool {
	lower := strings.ToLower(s)
	if strings.Contains(lower, "@import") || strings.Contains(lower, "javascript:") || strings.Contains(lower, "expression(") ||
		strings.Contains(lower, "image-set(") || strings.Contains(lower, "image(") {
		return false
	}
	if strings.Contains(s, `\`) {
		return false
	}
	for rest := lower; ; {
		_, after, found := strings.Cut(rest, "url(")
		if !found {
			return true
		}
		if !ownReference(strings.Trim(strings.TrimSpace(after), `"'`)) {
			return false
		}
		rest = after
	}
}

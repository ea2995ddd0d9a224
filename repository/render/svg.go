package render

import (
	"bytes"
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
}

func (e *SVGError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

const (
	svgSpace    = "http://www.w3.org/2000/svg"
	maxSVG      = 5 << 20
	maxSVGDepth = 200
)

// CheckSVG reports, as an *SVGError, why an SVG drawing may not be shown as an image: it has scripts, event handlers or
// references to something outside of it, or it is no SVG. Drawings made by the usual programs pass.
func CheckSVG(src []byte) error {
	d := xml.NewDecoder(bytes.NewReader(src))
	refuse := func(format string, args ...any) error {
		line, _ := d.InputPos()
		return &SVGError{line, fmt.Sprintf(format, args...)}
	}
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
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return refuse("it is not well-formed: %v", err)
		}
		reason := ""
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
			reason = checkSVGElement(t)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 && open[len(open)-1] == "style" && !ownCSS(string(t)) {
				reason = "a style refers to something outside"
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
			return refuse("%s", reason)
		}
	}
}

// checkSVGElement returns why an element is refused, or "".
func checkSVGElement(e xml.StartElement) string {
	switch name := strings.ToLower(e.Name.Local); name {
	case "script", "foreignobject", "iframe", "object", "embed", "audio", "video", "canvas", "handler", "listener", "link", "meta", "base":
		return fmt.Sprintf("the element %q is not allowed", name)
	}
	if e.Name.Space == "http://www.w3.org/1999/xhtml" {
		return "HTML is not allowed"
	}
	for _, a := range e.Attr {
		name, value := strings.ToLower(a.Name.Local), strings.TrimSpace(a.Value)
		switch {
		case a.Name.Space == "xmlns" || name == "xmlns":
		case strings.HasPrefix(name, "on"):
			return fmt.Sprintf("the event handler %q is not allowed", name)
		case name == "href" || name == "src":
			if !ownReference(value) {
				return fmt.Sprintf("%s refers to something outside: %.60q", name, value)
			}
		case a.Name.Space == "http://www.w3.org/XML/1998/namespace" && name == "base":
			return "xml:base is not allowed"
		case name == "attributename" && (strings.Contains(strings.ToLower(value), "href") || strings.HasPrefix(strings.ToLower(value), "on")):
			return fmt.Sprintf("an animation may not change %q", value)
		case a.Name.Space != "" || strings.HasPrefix(name, "aria-") || strings.HasPrefix(name, "data-"):
		case !ownCSS(value):
			return fmt.Sprintf("%s refers to something outside: %.60q", name, value)
		}
	}
	return ""
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

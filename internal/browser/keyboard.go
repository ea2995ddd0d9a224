package browser

import (
	"strings"
	"time"
)

// key is a key of the keyboard: its code, and what it types.
type key struct {
	code int
	text string
}

func keys() map[string]key {
	return map[string]key{
		"Tab": {9, ""}, "Enter": {13, "\r"}, "Escape": {27, ""}, "Space": {32, " "}, "ArrowLeft": {37, ""}, "ArrowUp": {38, ""},
		"ArrowRight": {39, ""}, "ArrowDown": {40, ""}, "Delete": {46, ""}, "Home": {36, ""}, "End": {35, ""}, "a": {65, "a"},
	}
}

// Press presses one of the keys Tab, Enter, Escape, Space, Delete, Home, End, a and the arrows, with "Shift+" or "Control+"
// before it where that is held.
func (p *Page) Press(name string) {
	p.t.Helper()
	full, modifiers := name, 0
	if rest, ok := strings.CutPrefix(name, "Control+"); ok {
		name, modifiers = rest, 2
	}
	if rest, ok := strings.CutPrefix(name, "Shift+"); ok {
		name, modifiers = rest, modifiers+8
	}
	k, ok := keys()[name]
	if !ok {
		p.t.Fatalf("press %s: no such key", full)
	}
	args := params{"type": "keyDown", "key": name, "code": name, "windowsVirtualKeyCode": k.code, "modifiers": modifiers}
	switch name {
	case "Space":
		args["key"] = " "
	case "a":
		args["code"] = "KeyA"
	}
	if k.text != "" && modifiers&2 == 0 {
		args["text"] = k.text
	}
	p.call("Input.dispatchKeyEvent", args, nil)
	delete(args, "text")
	args["type"] = "keyUp"
	p.call("Input.dispatchKeyEvent", args, nil)
}

// PressToFollow presses a key and waits for the page that it leads to.
func (p *Page) PressToFollow(key string) {
	p.t.Helper()
	p.loading("press "+key, func() { p.t.Helper(); p.Press(key) })
}

// Type types a text, letter by letter, into what has the focus. A new line is the key Enter.
func (p *Page) Type(text string) {
	p.t.Helper()
	for _, r := range text {
		if r == '\n' {
			p.Press("Enter")
			continue
		}
		p.call("Input.dispatchKeyEvent", params{"type": "char", "text": string(r)}, nil)
	}
}

// PressToAttach presses a key on a field for files, and chooses some of this machine in the window that opens.
func (p *Page) PressToAttach(key string, files ...string) {
	p.t.Helper()
	p.call("Page.setInterceptFileChooserDialog", params{"enabled": true}, nil)
	p.Press(key)
	select {
	case field := <-p.choosers:
		p.call("DOM.setFileInputFiles", params{"files": files, "backendNodeId": field}, nil)
	case <-time.After(patience):
		p.t.Fatalf("press %s: no window for files opens", key)
	}
	p.call("Page.setInterceptFileChooserDialog", params{"enabled": false}, nil)
}

// Focused reports whether the element with the focus is one that a CSS selector matches.
func (p *Page) Focused(selector string) (yes bool) {
	p.t.Helper()
	p.Eval("!!document.activeElement?.matches("+quote(selector)+")", &yes)
	return yes
}

package browser

import "encoding/json"

// Has reports whether the page has an element that a CSS selector matches.
func (p *Page) Has(selector string) (has bool) {
	p.t.Helper()
	p.Eval("document.querySelector("+quote(selector)+") !== null", &has)
	return has
}

// Text is what a reader sees of the first element that a CSS selector matches; the value of a field.
func (p *Page) Text(selector string) (text string) {
	p.t.Helper()
	p.on(selector, "return typeof e.value === 'string' ? e.value : e.innerText", &text)
	return text
}

// Attribute is an attribute of the first element that a CSS selector matches; "" if it has none.
func (p *Page) Attribute(selector, name string) (value string) {
	p.t.Helper()
	p.on(selector, "return e.getAttribute("+quote(name)+") || ''", &value)
	return value
}

// Click presses the mouse in the middle of an element, as far as nothing covers it. For what leads to another page there is
// Follow.
func (p *Page) Click(selector string) {
	p.t.Helper()
	var at struct {
		X, Y  float64
		Cover string
	}
	p.on(selector, `e.scrollIntoView({block: 'center', inline: 'center'})
		const r = e.getClientRects()[0] || e.getBoundingClientRect(), x = r.x + r.width / 2, y = r.y + r.height / 2
		const top = document.elementFromPoint(x, y)
		const reached = top && (e.contains(top) || top.contains(e) || top.closest('label')?.control === e)
		return {x, y, cover: reached ? '' : top ? top.outerHTML.slice(0, 120) : 'nothing'}`, &at)
	if at.Cover != "" {
		p.t.Fatalf("click %s: there is %s", selector, at.Cover)
	}
	for _, kind := range []string{"mousePressed", "mouseReleased"} {
		p.call("Input.dispatchMouseEvent", params{"type": kind, "x": at.X, "y": at.Y, "button": "left", "clickCount": 1}, nil)
	}
}

// Follow clicks a link or a button and waits for the page that it leads to.
func (p *Page) Follow(selector string) {
	p.t.Helper()
	p.loading("follow "+selector, func() { p.t.Helper(); p.Click(selector) })
}

// Submit clicks the first button of a form that sends it, and waits for the page that comes.
func (p *Page) Submit(form string) {
	p.t.Helper()
	var has bool
	p.on(form, `document.querySelector('[data-browser-submit]')?.removeAttribute('data-browser-submit')
		const b = [...e.elements].find(x => (x.type === 'submit' || x.type === 'image') && !x.disabled)
		b?.setAttribute('data-browser-submit', '')
		return !!b`, &has)
	if !has {
		p.t.Fatalf("submit %s: the form has no button that sends it", form)
	}
	p.Follow("[data-browser-submit]")
}

// Fill replaces what a field holds, as a keyboard would.
func (p *Page) Fill(selector, text string) {
	p.t.Helper()
	p.on(selector, "e.focus(); e.select?.(); return document.activeElement === e", nil)
	if text == "" {
		p.Press("Delete")
		return
	}
	p.call("Input.insertText", params{"text": text}, nil)
}

// Choose selects the option of a select that has a value.
func (p *Page) Choose(selector, value string) {
	p.t.Helper()
	var chosen string
	p.on(selector, "e.value = "+quote(value)+`
		e.dispatchEvent(new Event('input', {bubbles: true}))
		e.dispatchEvent(new Event('change', {bubbles: true}))
		return e.value`, &chosen)
	if chosen != value {
		p.t.Fatalf("choose %s: there is no option %q", selector, value)
	}
}

// on runs the body of a function of e, the first element that a selector matches, and fails the test if there is none.
func (p *Page) on(selector, body string, into any) {
	p.t.Helper()
	if !p.Has(selector) {
		p.t.Fatalf("the page %s has no %s", p.URL(), selector)
	}
	p.Eval("(e => {"+body+"})(document.querySelector("+quote(selector)+"))", into)
}

func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// Attach chooses files of this machine in a field for files.
func (p *Page) Attach(selector string, files ...string) {
	p.t.Helper()
	if !p.Has(selector) {
		p.t.Fatalf("the page %s has no %s", p.URL(), selector)
	}
	var found struct {
		Result struct {
			ObjectID string `json:"objectId"`
		} `json:"result"`
	}
	p.withScripts(func() {
		p.call("Runtime.evaluate", params{"expression": "document.querySelector(" + quote(selector) + ")"}, &found)
	})
	p.call("DOM.setFileInputFiles", params{"files": files, "objectId": found.Result.ObjectID}, nil)
}

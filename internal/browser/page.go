package browser

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Page is one tab with cookies, storage and a cache of its own. Not for use by several goroutines.
type Page struct {
	t       testing.TB
	pipe    *pipe
	session string

	noScripts bool
	media     []params // what the reader's system asks for

	mu       sync.Mutex
	console  []string
	requests []*Request
	byID     map[string]*Request
	loads    chan struct{} // gets one for each page that has loaded
	choosers chan int      // gets the field of each window for files that would have opened
}

// Request is something that a page loaded.
type Request struct {
	URL    string
	Type   string // Document, Stylesheet, Image, Script…
	Status int    // 0 if there was no answer
	Bytes  int    // on the wire, headers included
}

// Page opens an empty page that is closed at the end of the test.
func (b *Browser) Page(t testing.TB) *Page {
	t.Helper()
	p := &Page{t: t, pipe: b.pipe, byID: map[string]*Request{}, loads: make(chan struct{}, 64), choosers: make(chan int, 1)}
	var made struct{ BrowserContextID, TargetID, SessionID string }
	p.browser("Target.createBrowserContext", params{"disposeOnDetach": true}, &made)
	inside := made.BrowserContextID
	p.browser("Target.createTarget", params{"url": "about:blank", "browserContextId": inside}, &made)
	p.browser("Target.attachToTarget", params{"targetId": made.TargetID, "flatten": true}, &made)
	p.session = made.SessionID
	b.pipe.hear(p.session, p.event)
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		p.call(domain+".enable", nil, nil)
	}
	p.SetViewport(1280, 800, false)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = b.pipe.call(ctx, "", "Target.disposeBrowserContext", params{"browserContextId": inside}, nil)
		b.pipe.forget(p.session)
	})
	return p
}

func (p *Page) browser(method string, args params, result any) {
	p.t.Helper()
	p.send("", method, args, result)
}
func (p *Page) call(method string, args params, result any) {
	p.t.Helper()
	p.send(p.session, method, args, result)
}

func (p *Page) send(session, method string, args params, result any) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := p.pipe.call(ctx, session, method, args, result); err != nil {
		p.t.Fatal(err)
	}
}

// event hears what happens in the page.
func (p *Page) event(method string, raw json.RawMessage) {
	var e struct {
		RequestID         string
		Type              string
		Message           string
		Request           struct{ URL string }
		Response          struct{ Status int }
		EncodedDataLength float64
		BackendNodeID     int
		Entry             struct{ Level, Text, URL string }
		Args              []struct {
			Value       any
			Description string
		}
		ExceptionDetails struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	if json.Unmarshal(raw, &e) != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch method {
	case "Page.loadEventFired":
		select {
		case p.loads <- struct{}{}:
		default:
		}
	case "Page.fileChooserOpened":
		select {
		case p.choosers <- e.BackendNodeID:
		default:
		}
	case "Runtime.consoleAPICalled":
		words := []string{e.Type + ":"}
		for _, a := range e.Args {
			if a.Value == nil {
				a.Value = a.Description
			}
			words = append(words, fmt.Sprint(a.Value))
		}
		p.console = append(p.console, strings.Join(words, " "))
	case "Runtime.exceptionThrown":
		p.console = append(p.console, "exception: "+e.ExceptionDetails.Text+" "+e.ExceptionDetails.Exception.Description)
	case "Page.javascriptDialogOpening":
		p.console = append(p.console, "dialog: "+e.Message)
		go func() { // the answer comes to who is hearing now
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			_ = p.pipe.call(ctx, p.session, "Page.handleJavaScriptDialog", params{"accept": true}, nil)
		}()
	case "Log.entryAdded":
		p.console = append(p.console, strings.TrimSpace(e.Entry.Level+": "+e.Entry.Text+" "+e.Entry.URL))
	case "Network.requestWillBeSent":
		r := &Request{URL: e.Request.URL, Type: e.Type}
		p.byID[e.RequestID], p.requests = r, append(p.requests, r)
	case "Network.responseReceived":
		if r := p.byID[e.RequestID]; r != nil {
			r.Status = e.Response.Status
		}
	case "Network.loadingFinished":
		if r := p.byID[e.RequestID]; r != nil {
			r.Bytes = int(e.EncodedDataLength)
		}
	}
}

// loading does something that leads to another page and waits until that has loaded.
func (p *Page) loading(what string, act func()) {
	p.t.Helper()
	for len(p.loads) > 0 {
		<-p.loads
	}
	act()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	select {
	case <-p.loads:
	case <-ctx.Done():
		p.t.Fatalf("%s: no page came", what)
	}
}

// forget forgets what the console and the network had.
func (p *Page) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.console, p.requests, p.byID = nil, nil, map[string]*Request{}
}

// OpenForm opens the page that answers to a form, which is sent from a page of the same origin.
func (p *Page) OpenForm(action string, values url.Values) {
	p.t.Helper()
	u, err := url.Parse(action)
	if err != nil {
		p.t.Fatal(err)
	}
	p.Open(u.Scheme + "://" + u.Host + "/privacy")
	p.forget()
	script, err := json.Marshal(values)
	if err != nil {
		p.t.Fatal(err)
	}
	p.loading("send a form to "+action, func() {
		p.t.Helper()
		p.Eval(`{const form = document.createElement('form'), values = `+string(script)+`
			form.method = 'post'
			form.setAttribute('action', `+strconv.Quote(action)+`)
			for (const [name, list] of Object.entries(values)) for (const value of list) {
				const field = document.createElement('textarea')
				field.name = name
				field.value = value
				form.append(field)
			}
			document.body.append(form)
			HTMLFormElement.prototype.submit.call(form)}`, nil)
	})
}

// Open opens an address, waits until it has loaded, and forgets what the console and the network had before.
func (p *Page) Open(address string) {
	p.t.Helper()
	p.forget()
	p.loading("open "+address, func() {
		p.t.Helper()
		var answer struct{ ErrorText string }
		p.call("Page.navigate", params{"url": address}, &answer)
		if answer.ErrorText != "" {
			p.t.Fatalf("open %s: %s", address, answer.ErrorText)
		}
	})
}

// URL is the address of the page.
func (p *Page) URL() (url string) {
	p.t.Helper()
	p.Eval("location.href", &url)
	return url
}

// Eval runs a script, also where the page's own are disabled, waits for a promise, and decodes the value into into, where
// that is not nil.
func (p *Page) Eval(script string, into any) {
	p.t.Helper()
	var r struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	p.call("Runtime.evaluate", params{"expression": script, "awaitPromise": true, "returnByValue": true, "userGesture": true}, &r)
	if e := r.ExceptionDetails; e != nil {
		p.t.Fatalf("%.200s: %s %s", script, e.Text, e.Exception.Description)
	}
	if into == nil || r.Result.Value == nil {
		return
	}
	if err := json.Unmarshal(r.Result.Value, into); err != nil {
		p.t.Fatalf("%.200s: %v", script, err)
	}
}

// Console is what the page and the browser wrote since Open: messages, exceptions, refused and failed requests.
func (p *Page) Console() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.console...)
}

// Requests is what the page loaded since Open.
func (p *Page) Requests() []Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []Request
	for _, r := range p.requests {
		all = append(all, *r)
	}
	return all
}

// SetViewport sets the size of the window in CSS pixels, and whether the reader's system is dark. Nothing moves.
func (p *Page) SetViewport(width, height int, dark bool) {
	p.t.Helper()
	look := "light"
	if dark {
		look = "dark"
	}
	p.call("Emulation.setDeviceMetricsOverride", params{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}, nil)
	p.media = []params{{"name": "prefers-color-scheme", "value": look}, {"name": "prefers-reduced-motion", "value": "reduce"}}
	p.call("Emulation.setEmulatedMedia", params{"features": p.media}, nil)
}

// Ask makes the reader's system ask for something more, such as prefers-contrast: more, until the next SetViewport.
func (p *Page) Ask(feature, value string) {
	p.t.Helper()
	p.media = append(p.media, params{"name": feature, "value": value})
	p.call("Emulation.setEmulatedMedia", params{"features": p.media}, nil)
}

// DisableScripts makes pages that are opened from now on do without their scripts.
func (p *Page) DisableScripts() {
	p.t.Helper()
	p.noScripts = true
	p.setScripts(false)
}

func (p *Page) setScripts(run bool) {
	p.t.Helper()
	p.call("Emulation.setScriptExecutionDisabled", params{"value": !run}, nil)
}

// withScripts does what waits for promises or timers, which a page without scripts does not have.
func (p *Page) withScripts(do func()) {
	p.t.Helper()
	if p.noScripts {
		p.setScripts(true)
		defer p.setScripts(false)
	}
	do()
}

// SetCookie gives the page's browser a cookie for an address, as if the server had set it.
func (p *Page) SetCookie(address, name, value string) {
	p.t.Helper()
	p.call("Network.setCookie", params{"url": address, "name": name, "value": value}, nil)
}

// LargestPaint is when the largest thing that is seen was painted, in milliseconds since the navigation began, as the
// browser tells it some time after the page has loaded. It needs scripts.
func (p *Page) LargestPaint() (ms float64) {
	p.t.Helper()
	p.Eval(`new Promise(tell => new PerformanceObserver(list => setTimeout(tell, 300, list.getEntries().at(-1).startTime)).observe({type: 'largest-contentful-paint', buffered: true}))`, &ms)
	return ms
}

// SetOffline cuts the page's network, but not that of a service worker: to test that, stop the server instead.
func (p *Page) SetOffline(offline bool) {
	p.t.Helper()
	p.call("Network.emulateNetworkConditions", params{"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}, nil)
}

// Screenshot writes a PNG of the whole page, however long, to a file. Images that wait to be scrolled to are loaded first.
func (p *Page) Screenshot(file string) {
	p.t.Helper()
	p.withScripts(func() {
		p.Eval(`Promise.all([...document.images].map(i => { i.loading = 'eager'; return i.decode().catch(() => 0) })).then(() => 0)`, nil)
	})
	var metrics struct {
		CSSContentSize struct{ Width, Height float64 }
	}
	p.call("Page.getLayoutMetrics", nil, &metrics)
	size := metrics.CSSContentSize
	var shot struct{ Data string }
	p.call("Page.captureScreenshot", params{"captureBeyondViewport": true, "clip": params{
		"x": 0, "y": 0, "width": size.Width, "height": min(size.Height, 16000), "scale": 1,
	}}, &shot)
	png, err := base64.StdEncoding.DecodeString(shot.Data)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(file), 0o755)
	}
	if err == nil {
		err = os.WriteFile(file, png, 0o644)
	}
	if err != nil {
		p.t.Fatalf("screenshot: %v", err)
	}
}

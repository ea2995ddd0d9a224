package render

import (
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dop251/goja"
	lru "github.com/hashicorp/golang-lru/v2"
)

const (
	maxTeX       = 4000            // bytes of one formula
	maxFormulas  = 1500            // formulas of one page
	maxExpansion = 500             // macro expansions of one formula
	maxSetting   = 5 * time.Second // for one formula; a usual one takes 1 to 4 ms, and a good one is not to be refused on a busy machine
	maxMathML    = 200_000         // bytes that a formula may become
	maxStack     = 2000            // JavaScript calls in one another
	maxBraces    = 60              // groups in one another
)

// setScript sets one formula. Each has macros of its own, so that none can change another.
const setScript = `(function (tex, display) {
	return temml.renderToString(tex, {displayMode: display, annotate: true, throwOnError: true,
		macros: {}, maxSize: [30, 60], maxExpand: %d})
})`

//go:embed temml/temml.min.js
var temmlSource string

//go:embed temml/mhchem.min.js
var mhchemSource string

// typesetter sets TeX as MathML with Temml, a few formulas at a time, and remembers the newest.
type typesetter struct {
	rules mathRules
	cache *lru.Cache[texKey, setting]
	idle  chan *engine // as many as may work at the same time; nil ones are not loaded yet
}

type texKey struct {
	tex     string
	display bool
}

// setting is a formula as it is shown, or why it cannot be.
type setting struct{ mathml, problem string }

func newTypesetter(formulas, workers int) (*typesetter, error) {
	cache, err := lru.New[texKey, setting](formulas)
	if err != nil {
		return nil, fmt.Errorf("cache of formulas: %w", err)
	}
	t := &typesetter{rules: newMathRules(), cache: cache, idle: make(chan *engine, workers)}
	for range workers {
		t.idle <- nil
	}
	return t, nil
}

// set returns the same setting for the same formula, whatever was set before.
func (t *typesetter) set(tex string, display bool) (setting, error) {
	if problem := texProblem(tex); problem != "" {
		return setting{problem: problem}, nil
	}
	key := texKey{tex, display}
	if s, ok := t.cache.Get(key); ok {
		return s, nil
	}
	e := <-t.idle
	defer func() { t.idle <- e }()
	if e == nil {
		var err error
		if e, err = newEngine(); err != nil {
			return setting{}, err
		}
	}
	s, usable := e.set(t.rules, tex, display)
	if !usable {
		e = nil
	}
	t.cache.Add(key, s)
	return s, nil
}

// texProblem says what can be known without setting the formula.
func texProblem(tex string) string {
	if len(tex) > maxTeX {
		return fmt.Sprintf("the formula has %d bytes; %d are allowed", len(tex), maxTeX)
	}
	depth := 0
	for _, c := range tex {
		switch c {
		case '{':
			depth++
		case '}':
			depth--
		}
		if depth > maxBraces {
			return fmt.Sprintf("the formula has more than %d groups in one another", maxBraces)
		}
	}
	return ""
}

// engine is one JavaScript runtime with Temml in it. It is not safe for concurrent use.
type engine struct {
	vm  *goja.Runtime
	run goja.Callable
}

func newEngine() (*engine, error) {
	vm := goja.New()
	vm.SetMaxCallStackSize(maxStack)
	for _, script := range []struct{ name, source string }{{"temml.min.js", temmlSource}, {"mhchem.min.js", mhchemSource}} {
		if _, err := vm.RunScript(script.name, script.source); err != nil {
			return nil, fmt.Errorf("load %s: %w", script.name, err)
		}
	}
	v, err := vm.RunString(fmt.Sprintf(setScript, maxExpansion))
	if err != nil {
		return nil, fmt.Errorf("load the setter of formulas: %w", err)
	}
	run, ok := goja.AssertFunction(v)
	if !ok {
		return nil, errors.New("load the setter of formulas: not a function")
	}
	return &engine{vm, run}, nil
}

// set sets one formula. After an interruption the runtime is not usable any more.
func (e *engine) set(rules mathRules, tex string, display bool) (s setting, usable bool) {
	timer := time.AfterFunc(maxSetting, func() { e.vm.Interrupt("time") })
	v, err := e.run(goja.Undefined(), e.vm.ToValue(tex), e.vm.ToValue(display))
	usable = timer.Stop()
	var stack *goja.StackOverflowError
	switch {
	case err != nil && (!usable || errors.As(err, &stack)):
		return setting{problem: "the formula is too complex to be set"}, false
	case err != nil:
		return setting{problem: texMessage(err)}, usable
	}
	out := v.String()
	if len(out) > maxMathML {
		return setting{problem: "the formula becomes too large"}, usable
	}
	mathml, err := rules.tidy(out)
	if err != nil {
		return setting{problem: err.Error()}, usable
	}
	return setting{mathml: mathml}, usable
}

// texMessage returns the first line of Temml's message without the marks under the faulty place.
func texMessage(err error) string {
	msg := err.Error()
	var thrown *goja.Exception
	if errors.As(err, &thrown) {
		msg = thrown.Value().String()
	}
	msg, _, _ = strings.Cut(msg, "\n")
	msg = strings.ReplaceAll(msg, "\u0332", "")
	msg = strings.TrimSpace(strings.TrimPrefix(msg, "ParseError:"))
	return "the formula is not valid TeX: " + strings.TrimSuffix(msg, ":")
}

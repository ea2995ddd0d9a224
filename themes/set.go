package themes

import (
	"context"
	"fmt"
	"hash/fnv"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// every is how often the folders of themes are looked at. What is changed is seen within twice that time.
const every = 500 * time.Millisecond

// SetOptions say which themes a server shows.
type SetOptions struct {
	Theme  string            // of all hosts that Hosts does not name; "" is the default
	Hosts  map[string]string // theme by host name, without a port
	Dir    string            // folder of the operator's own themes; "" for none
	Logger *slog.Logger      // nil: none
}

// Set is the themes of a server: one by default, and others by host. Where the operator's folder has them, Watch keeps
// them as they are there. It may be used by any number of goroutines.
type Set struct {
	o     SetOptions
	hosts map[string]string // theme by lower-case host
	now   atomic.Pointer[map[string]*Theme]
	views map[string]*Set // by theme: those of the hosts that have another
	whole *Set            // that this one is a view of; nil: it is none

	mu    sync.Mutex
	seen  map[string]uint64 // state of the folders of each theme, as it was checked last
	stale map[string]Stale
}

// OpenSet opens and checks all themes that the options name. It returns an error if one of them cannot be used.
func OpenSet(o SetOptions) (*Set, error) {
	if o.Theme == "" {
		o.Theme = Default
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Set{o: o, hosts: map[string]string{}, seen: map[string]uint64{}, stale: map[string]Stale{}}
	for host, name := range o.Hosts {
		host = strings.ToLower(strings.TrimSuffix(host, "."))
		if host == "" || strings.ContainsAny(host, "/: ") {
			return nil, fmt.Errorf("theme of host %q: write the name alone, such as district.example.org", host)
		}
		s.hosts[host] = name
	}
	open := map[string]*Theme{}
	for _, name := range s.names() {
		s.seen[name] = s.state(nil, name)
		t, err := s.open(name)
		if err != nil {
			return nil, fmt.Errorf("theme %s: %w", name, err)
		}
		open[name] = t
		s.seen[name] = s.state(t, name)
	}
	s.now.Store(&open)
	s.views = map[string]*Set{}
	for _, name := range s.names() {
		if name != o.Theme {
			s.views[name] = &Set{o: SetOptions{Theme: name}, hosts: s.hosts, whole: s}
		}
	}
	return s, nil
}

func (s *Set) names() []string {
	names := append(slices.Collect(maps.Values(s.hosts)), s.o.Theme)
	slices.Sort(names)
	return slices.Compact(names)
}

// open reads a theme and, where it is the operator's own, renders all of its pages: tests have done so with the others.
func (s *Set) open(name string) (*Theme, error) {
	t, problems, err := load(name, s.o.Dir)
	if err != nil {
		return nil, err
	}
	if problems.err() == nil && slices.ContainsFunc(t.layers, func(l layer) bool { return l.own }) {
		problems = append(problems, t.render()...).sorted()
	}
	if problems.err() != nil {
		return nil, problems
	}
	for _, p := range problems {
		s.o.Logger.Warn("theme", "resource", p.File, "line", p.Line, "err", p.Message)
	}
	return t, nil
}

// Main is the theme of all hosts that have no other; of a view, the theme of its hosts.
func (s *Set) Main() *Theme { return s.themes()[s.o.Theme] }

// themes are those of the set as they are now.
func (s *Set) themes() map[string]*Theme {
	if s.whole != nil {
		s = s.whole
	}
	return *s.now.Load()
}

// For is the set as a host sees it, which may have a port: its Main is the theme of the host.
func (s *Set) For(host string) *Set {
	if len(s.views) == 0 {
		return s
	}
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if view, ok := s.views[s.hosts[strings.ToLower(strings.TrimSuffix(host, "."))]]; ok {
		return view
	}
	return s
}

// Views are what For returns for hosts whose theme is not the main one.
func (s *Set) Views() []*Set { return slices.Collect(maps.Values(s.views)) }

// Stale are the themes that are shown as they were before, because their folders cannot be used as they are now.
func (s *Set) Stale() []Stale {
	if s.whole != nil {
		return s.whole.Stale()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	list := slices.Collect(maps.Values(s.stale))
	slices.SortFunc(list, func(a, b Stale) int { return strings.Compare(a.Theme, b.Theme) })
	return list
}

// Watch follows the operator's folder until the context ends: a theme that has changed and passes its checks is shown, one
// that does not is told to the log and by Stale, and its last good version stays.
func (s *Set) Watch(ctx context.Context) {
	if s.o.Dir == "" {
		return
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.Refresh()
		}
	}
}

// Refresh reads the themes whose folders have changed since they were read.
func (s *Set) Refresh() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range s.names() {
		current := (*s.now.Load())[name]
		state := s.state(current, name)
		if state == s.seen[name] {
			continue
		}
		s.seen[name] = state
		t, err := s.open(name)
		if err != nil {
			problems, ok := asProblems(err)
			if !ok {
				problems = Problems{{File: name, Message: err.Error()}}
			}
			s.stale[name] = Stale{Theme: name, Problems: problems}
			s.o.Logger.Error("theme not updated, its last good version stays", "resource", name, "err", err)
			continue
		}
		next := maps.Clone(*s.now.Load())
		next[name] = t
		s.now.Store(&next)
		delete(s.stale, name)
		s.seen[name] = s.state(t, name) // its parents may be others now
		s.o.Logger.Info("theme updated", "resource", name)
	}
}

// state is a number that changes with the names, sizes and times of the files in the folders of a theme.
func (s *Set) state(t *Theme, name string) uint64 {
	h := fnv.New64a()
	if s.o.Dir == "" {
		return 0
	}
	root, err := os.OpenRoot(s.o.Dir)
	if err != nil {
		return 0
	}
	defer root.Close()
	names := []string{name}
	if t != nil {
		for _, l := range t.layers {
			names = append(names, l.name)
		}
	}
	slices.Sort(names)
	count := 0
	for _, name := range slices.Compact(names) {
		_ = fs.WalkDir(root.FS(), name, func(file string, d fs.DirEntry, err error) error {
			if count++; err != nil || count > 10*maxFiles {
				return fs.SkipAll
			}
			if info, err := fs.Stat(root.FS(), file); err == nil && !d.IsDir() {
				fmt.Fprintf(h, "%s %d %d\n", file, info.Size(), info.ModTime().UnixNano())
			}
			return nil
		})
	}
	return h.Sum64()
}

// in is the main theme, or another one that has the language where that does not.
func (s *Set) in(lang string) *Theme {
	main := s.Main()
	if _, ok := main.messages[lang]; ok {
		return main
	}
	for _, name := range s.names() {
		if t := s.themes()[name]; t.messages[lang] != nil {
			return t
		}
	}
	return main
}

// Text is a message of the main theme: see Theme.Text.
func (s *Set) Text(lang, key string, pairs ...any) string {
	return s.in(lang).Text(lang, key, pairs...)
}

// Label is a label of the main theme: see Theme.Label.
func (s *Set) Label(lang, group, value string) string { return s.in(lang).Label(lang, group, value) }

// Minutes is a length of time in words.
func (s *Set) Minutes(lang string, n int) string { return s.in(lang).Minutes(lang, n) }

// Span is how long something takes, in words.
func (s *Set) Span(lang string, d time.Duration) string { return s.in(lang).Span(lang, d) }

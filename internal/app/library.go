package app

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/standards"
)

// frameworks keeps the imported standards: the packages as they came in the bucket, and a library of them in memory.
type frameworks struct {
	bucket  blob.Store
	log     *slog.Logger
	mu      sync.Mutex                 // one import at a time
	byName  map[string][]storedEdition // in the order of their imports
	library atomic.Pointer[standards.Library]

	followed string // value of librarySetting that was loaded; of the indexer
}

// storedEdition is one package in the bucket.
type storedEdition struct {
	key       string
	number    int // of the import; 0 for a package of the time before editions
	sum       [sha256.Size]byte
	framework *standards.Framework // without its package; nil where it cannot be read
}

const frameworkPrefix = "standards/"

var frameworkName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// frameworkKey is where an edition is kept.
func frameworkKey(name string, number int) string {
	return fmt.Sprintf("%s%s/%04d.json.gz", frameworkPrefix, name, number)
}

// parseFrameworkKey reads frameworkKey, and the form before editions: standards/NAME.json, which was not compressed.
func parseFrameworkKey(key string) (name string, number int, ok bool) {
	name, file, several := strings.Cut(strings.TrimPrefix(key, frameworkPrefix), "/")
	if !several {
		name, ok = strings.CutSuffix(name, ".json")
		return name, 0, ok
	}
	digits, ok := strings.CutSuffix(file, ".json.gz")
	number, err := strconv.Atoi(digits)
	return name, number, ok && err == nil && number > 0
}

// loadFrameworks reads all packages of the bucket. One that cannot be read is left out and said so.
func loadFrameworks(ctx context.Context, bucket blob.Store, log *slog.Logger) (*frameworks, error) {
	f := &frameworks{bucket: bucket, log: log}
	return f, f.load(ctx)
}

// load reads the packages of the bucket that are not known yet, and forgets those that are gone.
func (f *frameworks) load(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	known := map[string]storedEdition{}
	for _, editions := range f.byName {
		for _, e := range editions {
			known[e.key] = e
		}
	}
	byName := map[string][]storedEdition{}
	for info, err := range f.bucket.List(ctx, frameworkPrefix) {
		if err != nil {
			return err
		}
		name, number, ok := parseFrameworkKey(info.Key)
		if !ok {
			f.log.Error("framework not loaded: the key is not one of ours", "resource", info.Key)
			continue
		}
		e, ok := known[info.Key]
		if !ok {
			e = storedEdition{key: info.Key, number: number}
			src, err := readBlob(ctx, f.bucket, info.Key, standards.MaxSize)
			if err != nil {
				return err
			}
			if e.framework, err = standards.ReadCASE(bytes.NewReader(src), name); err != nil {
				f.log.Error("framework not loaded", "resource", info.Key, "err", err)
			} else {
				e.sum = sha256.Sum256(e.framework.Raw)
				e.framework.Raw = nil
			}
		}
		byName[name] = append(byName[name], e)
	}
	for _, editions := range byName {
		slices.SortStableFunc(editions, func(a, b storedEdition) int { return a.number - b.number })
	}
	f.byName = byName
	f.publish()
	return nil
}

// publish makes a new library of what there is.
func (f *frameworks) publish() {
	var all []*standards.Framework
	for _, name := range slices.Sorted(maps.Keys(f.byName)) { // where two hold a statement, it is the same one each time
		for _, e := range f.editions(name) {
			all = append(all, e.framework)
		}
	}
	f.library.Store(standards.NewLibrary(all...))
}

// editions lists those of a name that can be read, newest first and under their names.
func (f *frameworks) editions(name string) []storedEdition {
	stored := slices.DeleteFunc(slices.Clone(f.byName[name]), func(e storedEdition) bool { return e.framework == nil })
	if len(stored) == 0 {
		return nil
	}
	imported := make([]*standards.Framework, len(stored))
	for i, e := range stored {
		imported[i] = e.framework
	}
	var all []storedEdition
	for _, framework := range standards.Editions(name, imported) {
		e := stored[framework.Import]
		e.framework = framework
		all = append(all, e)
	}
	return all
}

// edition finds NAME, which is the newest, or NAME@EDITION.
func (f *frameworks) edition(name string) (storedEdition, error) {
	base, label, labeled := strings.Cut(name, "@")
	for _, e := range f.editions(base) {
		if !labeled || e.framework.Edition == label {
			return e, nil
		}
	}
	return storedEdition{}, fmt.Errorf("framework %s: %w", name, kind.ErrNotFound)
}

// FrameworkImport is what became of an import.
type FrameworkImport struct {
	*standards.Framework                    // as it is now in the library
	Imported             bool               `json:"imported"`           // false where the same package was there already
	Compared             string             `json:"compared,omitempty"` // name of the edition that the changes are told from, or to where that one is newer
	Changes              *standards.Changes `json:"changes,omitempty"`  // nil for the first edition
	Shared               []standards.Shared `json:"shared,omitempty"`   // whose statements its own count as, by their identifiers, and whose count as its own
}

// invalidFramework is a standards.ErrInvalid of the kind that callers know.
type invalidFramework struct{ error }

func (e invalidFramework) Is(target error) bool { return target == kind.ErrInvalid }
func (e invalidFramework) Unwrap() error        { return e.error }

// add imports a framework under its short name. The editions that are there stay.
func (f *frameworks) add(ctx context.Context, about standards.About, in ...io.Reader) (FrameworkImport, error) {
	name := about.Name
	if !frameworkName.MatchString(name) {
		return FrameworkImport{}, fmt.Errorf("framework name %q: %w: use lower-case letters, digits and hyphens, such as ccss-math", name, kind.ErrInvalid)
	}
	framework, err := standards.Read(about, in...)
	if errors.Is(err, standards.ErrInvalid) {
		err = invalidFramework{err}
	}
	if err != nil {
		return FrameworkImport{}, err
	}
	e := storedEdition{number: 1, sum: sha256.Sum256(framework.Raw), framework: framework}
	packed, err := compress(framework.Raw)
	if err != nil {
		return FrameworkImport{}, err
	}
	framework.Raw = nil

	f.mu.Lock()
	defer f.mu.Unlock()
	before := f.editions(name)
	for _, old := range before {
		if old.sum == e.sum {
			return FrameworkImport{Framework: old.framework}, nil
		}
	}
	for _, old := range f.byName[name] {
		e.number = max(e.number, old.number+1)
	}
	e.key = frameworkKey(name, e.number)
	if _, err := f.bucket.Put(ctx, e.key, bytes.NewReader(packed), blob.IfAbsent()); errors.Is(err, blob.ErrConflict) {
		return FrameworkImport{}, fmt.Errorf("framework %s: %w: another node has just imported an edition; try again", name, kind.ErrConflict)
	} else if err != nil {
		return FrameworkImport{}, err
	}
	f.byName[name] = append(f.byName[name], e)
	f.publish()
	done := f.compare(name, e.key, before)
	done.Shared = f.shared(done.Framework.Name)
	return done, nil
}

// shared tells which other frameworks have statements of the same identifiers, whichever of the two holds them.
func (f *frameworks) shared(name string) []standards.Shared {
	l := f.library.Load()
	list := l.Shared(name)
	base, _, _ := strings.Cut(name, "@")
	for _, other := range l.Frameworks() {
		for _, s := range l.Shared(other.Name) {
			if holder, _, _ := strings.Cut(s.Framework, "@"); holder == base && other.Base() != base {
				list = append(list, standards.Shared{Framework: other.Name, Statements: s.Statements})
			}
		}
	}
	return list
}

// compare tells what the edition of the key changed beside the one that was the newest before it came.
func (f *frameworks) compare(name, key string, before []storedEdition) FrameworkImport {
	done := FrameworkImport{Imported: true}
	var newest *standards.Framework // of those before
	for _, e := range f.editions(name) {
		if e.key == key {
			done.Framework = e.framework
		} else if len(before) > 0 && e.key == before[0].key {
			newest = e.framework
		}
	}
	if newest != nil {
		older, newer := newest, done.Framework
		if newer.Superseded {
			older, newer = newer, older
		}
		changes := standards.Compare(older, newer)
		done.Compared, done.Changes = newest.Name, &changes
	}
	return done
}

// remove forgets NAME with all its editions, or NAME@EDITION alone.
func (f *frameworks) remove(ctx context.Context, name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	base, _, labeled := strings.Cut(name, "@")
	gone := f.byName[base]
	if labeled {
		e, err := f.edition(name)
		if err != nil {
			return err
		}
		gone = []storedEdition{e}
	}
	if len(gone) == 0 {
		return fmt.Errorf("framework %s: %w", name, kind.ErrNotFound)
	}
	for _, e := range slices.Clone(gone) {
		if err := f.bucket.Delete(ctx, e.key); err != nil {
			return err
		}
		f.byName[base] = slices.DeleteFunc(slices.Clone(f.byName[base]), func(s storedEdition) bool { return s.key == e.key })
	}
	if len(f.byName[base]) == 0 {
		delete(f.byName, base)
	}
	f.publish()
	return nil
}

// export gives the CASE package of NAME or NAME@EDITION.
func (f *frameworks) export(ctx context.Context, name string) ([]byte, error) {
	f.mu.Lock()
	e, err := f.edition(name)
	f.mu.Unlock()
	if err != nil {
		return nil, err
	}
	src, err := readBlob(ctx, f.bucket, e.key, standards.MaxSize)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(e.key, ".gz") {
		return standards.Decompress(bytes.NewReader(src))
	}
	return src, nil
}

func compress(raw []byte) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(raw); err != nil {
		return nil, err
	}
	err := z.Close()
	return b.Bytes(), err
}

// Standards is the library of imported frameworks.
func (a *App) Standards() *standards.Library { return a.frameworks.library.Load() }

// ImportFramework imports a framework in any of the forms that standards.Read takes, under the short name in about, and
// lets the index and the records know of it. An edition that is there stays, as name@edition. It changes nothing, and
// answers kind.ErrInvalid, where anything is wrong with the input.
func (a *App) ImportFramework(ctx context.Context, about standards.About, in ...io.Reader) (FrameworkImport, error) {
	done, err := a.frameworks.add(ctx, about, in...)
	if err != nil || !done.Imported {
		return done, err
	}
	return done, a.newLibrary(ctx)
}

// RemoveFramework forgets all editions of the framework NAME, or the one NAME@EDITION. Alignments to its statements stay
// as they are written.
func (a *App) RemoveFramework(ctx context.Context, name string) error {
	if err := a.frameworks.remove(ctx, name); err != nil {
		return err
	}
	return a.newLibrary(ctx)
}

// ExportFramework gives the CASE package of the framework NAME, or of NAME@EDITION: byte for byte what was imported,
// where that was a CASE package.
func (a *App) ExportFramework(ctx context.Context, name string) ([]byte, error) {
	return a.frameworks.export(ctx, name)
}

// librarySetting changes with the library, so that other nodes load it anew.
const librarySetting = "library"

func (a *App) newLibrary(ctx context.Context) error {
	a.Search.SetLibrary(a.Standards())
	if a.shared() {
		if err := a.Catalog.SetSetting(ctx, librarySetting, rand.Text()); err != nil {
			return err
		}
	}
	return a.indexer.settle(ctx)
}

// followStandards loads what other nodes imported. One call at a time is under way.
func (a *App) followStandards(ctx context.Context) error {
	if !a.shared() {
		return nil
	}
	newest, err := a.Catalog.Setting(ctx, librarySetting)
	if err != nil || newest == a.frameworks.followed {
		return err
	}
	if err := a.frameworks.load(ctx); err != nil {
		return err
	}
	a.Search.SetLibrary(a.Standards())
	a.frameworks.followed = newest
	return nil
}

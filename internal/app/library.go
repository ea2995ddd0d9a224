package app

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"regexp"
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
	mu      sync.Mutex // one import at a time
	byName  map[string]*standards.Framework
	library atomic.Pointer[standards.Library]
}

const (
	frameworkPrefix = "standards/"
	maxFramework    = 256 << 20
)

var frameworkName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// loadFrameworks reads all packages of the bucket. One that cannot be read is left out and said so.
func loadFrameworks(ctx context.Context, bucket blob.Store, log *slog.Logger) (*frameworks, error) {
	f := &frameworks{bucket: bucket, log: log, byName: map[string]*standards.Framework{}}
	for info, err := range bucket.List(ctx, frameworkPrefix) {
		if err != nil {
			return nil, err
		}
		name := strings.TrimSuffix(strings.TrimPrefix(info.Key, frameworkPrefix), ".json")
		src, err := readBlob(ctx, bucket, info.Key, maxFramework)
		if err != nil {
			return nil, err
		}
		framework, err := standards.ReadCASE(bytes.NewReader(src), name)
		if err != nil {
			log.Error("framework not loaded", "resource", name, "err", err)
			continue
		}
		f.byName[name] = framework
	}
	f.publish()
	return f, nil
}

func (f *frameworks) publish() {
	all := make([]*standards.Framework, 0, len(f.byName))
	for _, framework := range f.byName {
		all = append(all, framework)
	}
	f.library.Store(standards.NewLibrary(all...))
}

// add imports a CASE package under a short name. It reports whether anything changed.
func (f *frameworks) add(ctx context.Context, name string, src []byte) (*standards.Framework, bool, error) {
	if !frameworkName.MatchString(name) {
		return nil, false, fmt.Errorf("framework name %q: %w: use lower-case letters, digits and hyphens, such as ccss-math", name, kind.ErrInvalid)
	}
	framework, err := standards.ReadCASE(bytes.NewReader(src), name)
	if err != nil {
		return nil, false, fmt.Errorf("%w: %w", kind.ErrInvalid, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if old, ok := f.byName[name]; ok && bytes.Equal(old.Raw, framework.Raw) {
		return old, false, nil
	}
	if _, err := f.bucket.Put(ctx, frameworkPrefix+name+".json", bytes.NewReader(src), blob.Always()); err != nil {
		return nil, false, err
	}
	f.byName[name] = framework
	f.publish()
	return framework, true, nil
}

package blob

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Memory is a store that ends with the process. Its zero value is empty and ready.
type Memory struct {
	mu    sync.Mutex
	blobs map[string]memoryBlob
	puts  int64
}

type memoryBlob struct {
	data []byte // never written to again
	tag  Tag
}

var _ Store = (*Memory)(nil)

// Get implements Store.
func (m *Memory) Get(ctx context.Context, key string, o GetOptions) (*Object, error) {
	if err := ready(ctx, key); err != nil {
		return nil, err
	}
	m.mu.Lock()
	b, found := m.blobs[key]
	m.mu.Unlock()
	switch {
	case !found:
		return nil, fmt.Errorf("get %s: %w", key, ErrNotFound)
	case o.IfNoneMatch != "" && o.IfNoneMatch == b.tag:
		return nil, ErrNotModified
	}
	start, length, err := o.Range.clip(int64(len(b.data)))
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", key, err)
	}
	return &Object{
		Info: Info{Key: key, Size: int64(len(b.data)), Tag: b.tag},
		Body: io.NopCloser(bytes.NewReader(b.data[start : start+length])),
	}, nil
}

// Put implements Store.
func (m *Memory) Put(ctx context.Context, key string, body io.ReadSeeker, when Condition) (Tag, error) {
	if err := ready(ctx, key); err != nil {
		return "", err
	}
	if _, err := whole(body); err != nil {
		return "", fmt.Errorf("put %s: %w", key, err)
	}
	data, err := io.ReadAll(body)
	if err != nil {
		return "", fmt.Errorf("put %s: %w", key, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	old, found := m.blobs[key]
	if !when.holds(found, old.tag) {
		return "", fmt.Errorf("put %s: %w", key, ErrConflict)
	}
	if !found {
		if err := m.room(key); err != nil {
			return "", err
		}
	}
	if m.blobs == nil {
		m.blobs = make(map[string]memoryBlob)
	}
	m.puts++
	tag := Tag(strconv.FormatInt(m.puts, 36))
	m.blobs[key] = memoryBlob{data: data, tag: tag}
	return tag, nil
}

// room refuses a key that is the folder of another.
func (m *Memory) room(key string) error {
	for other := range m.blobs {
		if strings.HasPrefix(other, key+"/") || strings.HasPrefix(key, other+"/") {
			return fmt.Errorf("put %s: %w: %s is stored", key, ErrKey, other)
		}
	}
	return nil
}

// Delete implements Store.
func (m *Memory) Delete(ctx context.Context, key string) error {
	if err := ready(ctx, key); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.blobs, key)
	return nil
}

// List implements Store.
func (m *Memory) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		m.mu.Lock()
		var all []Info
		for key, b := range m.blobs {
			if strings.HasPrefix(key, prefix) {
				all = append(all, Info{Key: key, Size: int64(len(b.data)), Tag: b.tag})
			}
		}
		m.mu.Unlock()
		slices.SortFunc(all, func(a, b Info) int { return strings.Compare(a.Key, b.Key) })
		for _, info := range all {
			if err := ctx.Err(); err != nil {
				yield(Info{}, err)
				return
			}
			if !yield(info, nil) {
				return
			}
		}
	}
}

func ready(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return CheckKey(key)
}

package mirror

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// listName is the file that lists what a mirror wrote, so that the next one can take away what is there no more.
const listName = "mirror.json"

type fileList struct {
	About string   `json:"about"`
	Files []string `json:"files"`
}

const about = "files of a mirror; what is listed here is replaced or removed when the mirror is made again"

// folder is where the files go. A root keeps every path inside, whatever links lie in it.
type folder struct {
	root *os.Root
	old  map[string]bool

	mu      sync.Mutex
	now     map[string]bool
	written int
}

func openFolder(dir string) (*folder, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	f := &folder{root: root, old: map[string]bool{}, now: map[string]bool{}}
	b, err := root.ReadFile(listName)
	switch {
	case err == nil:
		var l fileList
		if err := json.Unmarshal(b, &l); err != nil || l.About != about {
			return nil, errors.Join(fmt.Errorf("%w: %s is not the list of a mirror; take another folder", kind.ErrInvalid, listName), root.Close())
		}
		for _, name := range l.Files {
			f.old[name] = true
		}
		return f, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, errors.Join(err, root.Close())
	}
	entries, err := fs.ReadDir(root.FS(), ".")
	if err == nil && len(entries) > 0 {
		err = fmt.Errorf("%w: the folder has files and is no mirror; take an empty one", kind.ErrInvalid)
	}
	if err == nil {
		err = f.list(nil) // what is written from here on may be written over
	}
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return f, nil
}

func (f *folder) close() error { return f.root.Close() }

// put writes a file, unless its bytes are there already.
func (f *folder) put(name string, data io.Reader) error {
	if !fs.ValidPath(name) || name == "." {
		return fmt.Errorf("%w: path %q", kind.ErrInvalid, name)
	}
	same, head, err := f.compare(name, data)
	if err != nil {
		return err
	}
	f.mu.Lock()
	f.now[name] = true
	if !same {
		f.written++
	}
	f.mu.Unlock()
	if same {
		return nil
	}
	if err := f.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	temp := name + "~new" // which no file of the mirror is called
	file, err := f.root.Create(temp)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, io.MultiReader(head, data))
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, f.root.Remove(temp))
	}
	return f.root.Rename(temp, name)
}

// has reports whether a file was put.
func (f *folder) has(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now[name]
}

// compare reads data as long as it is what the file holds. Head is what it has read of it.
func (f *folder) compare(name string, data io.Reader) (same bool, head io.Reader, err error) {
	file, err := f.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, strings.NewReader(""), nil
	}
	if err != nil {
		return false, nil, err
	}
	info, err := file.Stat()
	if err = errors.Join(err, file.Close()); err != nil {
		return false, nil, err
	}
	const whole = 32 << 20 // larger files are written again
	if info.Size() > whole {
		return false, strings.NewReader(""), nil
	}
	got, err := io.ReadAll(io.LimitReader(data, info.Size()+1))
	if err != nil {
		return false, nil, err
	}
	old, err := f.root.ReadFile(name)
	if err != nil {
		return false, nil, err
	}
	return bytes.Equal(got, old), bytes.NewReader(got), nil
}

// finish lists what was written and removes what an earlier mirror wrote besides.
func (f *folder) finish() (removed int, err error) {
	for name := range f.old {
		if f.now[name] {
			continue
		}
		if err := f.root.Remove(name); err == nil {
			removed++
		} else if !errors.Is(err, fs.ErrNotExist) {
			return removed, err
		}
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if f.root.Remove(dir) != nil {
				break // not empty
			}
		}
	}
	return removed, f.list(slices.Sorted(maps.Keys(f.now)))
}

func (f *folder) list(files []string) error {
	b, err := json.MarshalIndent(fileList{about, append([]string{}, files...)}, "", " ")
	if err != nil {
		return err
	}
	return f.root.WriteFile(listName, append(b, '\n'), 0o644)
}

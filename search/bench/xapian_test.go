package bench

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/standards"
	"github.com/commonplace-oer/commonplace/search"
	"github.com/commonplace-oer/commonplace/search/corpus"
)

// xapian is a Python process that reads a command a line and answers with one.
type xapian struct {
	dir     string
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	library *standards.Library
}

func openXapian(t testing.TB, dir string) engine {
	python := "/usr/bin/python3" // Debian's, for which the module is packaged
	if exec.Command(python, "-c", "import xapian").Run() != nil {
		t.Log("Xapian is left out: apt install python3-xapian")
		return nil
	}
	f, err := corpus.Framework()
	require.NoError(t, err)
	x := &xapian{dir: dir, cmd: exec.Command(python, "testdata/xapian_engine.py", dir), library: standards.NewLibrary(f)}
	x.in, err = x.cmd.StdinPipe()
	require.NoError(t, err)
	out, err := x.cmd.StdoutPipe()
	require.NoError(t, err)
	x.out = bufio.NewReader(out)
	require.NoError(t, x.cmd.Start())
	return x
}

type xapianAnswer struct {
	Total int     `json:"total"`
	Took  float64 `json:"took"` // seconds
	Error string  `json:"error"`
}

func (x *xapian) call(command any) (a xapianAnswer, err error) {
	line, err := json.Marshal(command)
	if err != nil {
		return a, err
	}
	if _, err := x.in.Write(append(line, '\n')); err != nil {
		return a, err
	}
	if line, err = x.out.ReadBytes('\n'); err != nil {
		return a, err
	}
	if err := json.Unmarshal(line, &a); err != nil {
		return a, err
	}
	if a.Error != "" {
		return a, errors.New(a.Error)
	}
	return a, nil
}

func (x *xapian) index(l *load) error {
	for docs := l.documents(); len(docs) > 0; docs = l.documents() {
		if err := x.add(docs); err != nil {
			return err
		}
	}
	return nil
}

func (x *xapian) add(docs []search.Document) error {
	list := make([]map[string]any, len(docs))
	for i, d := range docs {
		var above []string
		for _, a := range d.Teaches {
			above = append(above, append(x.library.Ancestors(a), a)...)
		}
		list[i] = map[string]any{
			"title": d.Title, "text": text(&d), "license": d.License, "grades": d.Grades, "subject": d.Subjects[0], "type": d.Type,
			"language": d.Language, "source": d.Source, "standards": d.Teaches, "above": above, "modified": fmt.Sprintf("%011d", d.Modified.Unix()),
		}
	}
	_, err := x.call(map[string]any{"add": list})
	return err
}

func (x *xapian) finish() error {
	_, err := x.call(map[string]any{"finish": true})
	return err
}

func (x *xapian) size() (int64, error) { return bytesOf(x.dir) }

func (x *xapian) close() error {
	return errors.Join(x.in.Close(), x.cmd.Wait())
}

func (x *xapian) ask(q question) (int, time.Duration, error) {
	a, err := x.call(map[string]any{
		"words": q.words, "license": q.license, "grade": q.grade, "standard": q.standard, "facets": q.facets, "newest": q.newest, "wall": *wall,
	})
	return a.Total, time.Duration(a.Took * float64(time.Second)), err
}

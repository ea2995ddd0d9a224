package gitstore_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
)

// lessonFiles are some 30 files of text and pictures, 220 KB: a lesson.
func lessonFiles(seed uint64) map[string]gitstore.File {
	random := rand.New(rand.NewPCG(seed, 1))
	words := strings.Fields("the students model fractions with paper strips and share what they found before they compare halves thirds and fifths of one whole")
	files := make(map[string]gitstore.File)
	for i := range 24 {
		var text strings.Builder
		for text.Len() < 6000 {
			text.WriteString(words[random.IntN(len(words))] + " ")
		}
		files[fmt.Sprintf("part-%02d/index.md", i)] = gitstore.File{Data: []byte(text.String())}
	}
	for i := range 6 {
		picture := make([]byte, 12_000)
		for j := range picture {
			picture[j] = byte(random.Uint32())
		}
		files[fmt.Sprintf("media/%d.png", i)] = gitstore.File{Data: picture}
	}
	return files
}

// history is a lesson of so many revisions in a folder.
func history(b *testing.B, revisions int) (*gitstore.Store, *gitstore.Repository) {
	s := newFolder(b)
	r, _ := first(b, s, lessonFiles(1))
	for i := 1; i < revisions; i++ {
		save := revision(r, nil, i)
		save.Edits = map[string]*gitstore.File{"part-03/index.md": {Data: fmt.Appendf(nil, "Revision %d of this part.", i)}}
		var err error
		r, _, err = s.Save(b.Context(), at, save)
		require.NoError(b, err)
	}
	return s, r
}

func BenchmarkSave(b *testing.B) {
	b.Run("new/lesson", func(b *testing.B) {
		s, files, n := newFolder(b), lessonFiles(1), 0
		for b.Loop() {
			n++
			loc := gitstore.Location{Family: fmt.Sprint("f", n), Repository: "r"}
			_, _, err := s.Save(b.Context(), loc, gitstore.Save{Ref: main, Tree: files, Author: "a", Email: "e", Message: "m", When: noon})
			require.NoError(b, err)
		}
	})
	for name, whole := range map[string]bool{"edit/one file": false, "edit/whole tree": true} {
		b.Run(name, func(b *testing.B) {
			s := newFolder(b)
			files := lessonFiles(1)
			base, _ := first(b, s, files)
			n := 0
			for b.Loop() {
				n++
				page := gitstore.File{Data: fmt.Appendf(nil, "Revision %d", n)}
				save := revision(base, nil, n) // always on the first one: 200 packs are another benchmark
				save.Ref, save.Old = fmt.Sprintf("refs/heads/%d", n), ""
				if save.Edits = map[string]*gitstore.File{"index.md": &page}; whole {
					files["index.md"] = page
					save.Edits, save.Tree = nil, files
				}
				loc := gitstore.Location{Family: family, Repository: fmt.Sprint("r", n)}
				_, _, err := s.Save(b.Context(), loc, save)
				require.NoError(b, err)
			}
		})
	}
}

// BenchmarkPublish is what a demo does at its start: 30 lessons into a fresh folder, durably.
func BenchmarkPublish(b *testing.B) {
	var all []map[string]gitstore.File
	for i := range 30 {
		all = append(all, lessonFiles(uint64(i)))
	}
	b.Run("30 lessons", func(b *testing.B) {
		for b.Loop() {
			s := newFolder(b)
			for i, files := range all {
				loc := gitstore.Location{Family: fmt.Sprint("f", i), Repository: "r"}
				_, _, err := s.Save(b.Context(), loc, gitstore.Save{Ref: main, Tree: files, Author: "a", Email: "e", Message: "m", When: noon})
				require.NoError(b, err)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	for _, revisions := range []int{1, 200} {
		s, r := history(b, revisions)
		h := r.Head()
		read := func(b *testing.B) {
			r, err := s.Open(b.Context(), at)
			require.NoError(b, err)
			fsys, err := r.Tree(b.Context(), h)
			require.NoError(b, err)
			_, err = fs.ReadFile(fsys, "part-03/index.md")
			require.NoError(b, err)
		}
		b.Run(fmt.Sprintf("file/%d revisions", revisions), func(b *testing.B) {
			for b.Loop() {
				read(b)
			}
		})
		b.Run(fmt.Sprintf("log/%d revisions", revisions), func(b *testing.B) {
			for b.Loop() {
				_, err := r.Log(b.Context(), h, 1000)
				require.NoError(b, err)
			}
		})
	}
}

// BenchmarkUploadPack compares the server's time for a request with that of git's own upload-pack, in one run. Ours is
// asked of a fresh store too, which has opened nothing yet.
func BenchmarkUploadPack(b *testing.B) {
	for _, revisions := range []int{1, 10, 200} {
		s, r := history(b, revisions)
		h := r.Head()
		bare := filepath.Join(b.TempDir(), "native.git")
		git(b, "", "clone", "-q", "--mirror", server(b, s, at).URL+"/x.git", bare)
		git(b, bare, "repack", "-q", "-a", "-d")
		log, err := r.Log(b.Context(), h, 2)
		require.NoError(b, err)
		caps := " multi_ack_detailed no-done side-band-64k thin-pack ofs-delta agent=git/2.39.5\n"
		want := "want " + h + caps
		requests := map[string]string{"clone": fmt.Sprintf("%04x%s00000009done\n", len(want)+4, want)}
		if revisions > 1 {
			requests["fetch of one"] = fmt.Sprintf("%04x%s00000032have %s\n0009done\n", len(want)+4, want, log[1].Hash)
		}
		for name, body := range requests {
			b.Run(fmt.Sprintf("%s/%d revisions", name, revisions), func(b *testing.B) {
				var ours, native time.Duration
				var oursBytes, nativeBytes int64
				for b.Loop() {
					begin := time.Now()
					n := new(counter)
					require.NoError(b, s.UploadPack(b.Context(), at, "", strings.NewReader(body), n))
					ours += time.Since(begin)
					oursBytes = int64(*n)

					b.StopTimer()
					begin = time.Now()
					cmd := exec.CommandContext(b.Context(), "git", "upload-pack", "--stateless-rpc", bare)
					cmd.Stdin = strings.NewReader(body)
					out, err := cmd.Output()
					native += time.Since(begin)
					nativeBytes = int64(len(out))
					require.NoError(b, err)
					require.True(b, bytes.Contains(out, []byte("PACK")))
					b.StartTimer()
				}
				b.ReportMetric(float64(ours)/float64(native), "of-native")
				b.ReportMetric(float64(oursBytes)/float64(nativeBytes), "of-its-bytes")
			})
		}
	}
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// BenchmarkClone is a whole clone by git from a fresh store over a folder: cold, and as the client sees it.
func BenchmarkClone(b *testing.B) {
	s, _ := history(b, 10)
	url := server(b, s, at).URL + "/x.git"
	dir := b.TempDir()
	n := 0
	for b.Loop() {
		n++
		git(b, dir, "clone", "-q", "--bare", url, fmt.Sprint(n))
	}
}

// BenchmarkWalkFolder reads all files of one folder, as a merge does.
func BenchmarkWalkFolder(b *testing.B) {
	for _, n := range []int{100, 1000, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := newFolder(b)
			files := tree("index.md", "x")
			for i := range n {
				files[fmt.Sprintf("notes/%04d.txt", i)] = gitstore.File{Data: fmt.Appendf(nil, "note %d\n", i)}
			}
			r, h := first(b, s, files)
			for b.Loop() {
				fsys, err := r.Tree(b.Context(), h)
				require.NoError(b, err)
				require.NoError(b, fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
					if err != nil || d.IsDir() {
						return err
					}
					_, err = fs.ReadFile(fsys, name)
					return err
				}))
			}
		})
	}
}

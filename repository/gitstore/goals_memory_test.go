package gitstore_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
)

// Sixteen clones of 48 MB at once, over HTTP, by clients in the same process: of the pack as it is, and of a selection.
func TestGoalMemoryOfClones(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 100 MB of disk")
	}
	noise := newAuthor(5)
	files := make(map[string]gitstore.File)
	for i := range 8 {
		files[fmt.Sprintf("%d.jpg", i)] = gitstore.File{Data: noise.picture(6 << 20)}
	}
	for _, place := range places() {
		t.Run(place.name, func(t *testing.T) {
			s, b := place.store(t)
			r, h := first(t, s, files)
			require.Len(t, r.Manifest().Packs, 1)
			_, size := stored(t, b)
			require.Greater(t, size, int64(48<<20))
			url := server(t, s, at).URL + "/x.git/git-upload-pack"
			shallow := strings.Replace(wantOf(h), "0000", pkt("deepen 1\n")+"0000", 1)
			bodies := map[string]string{"whole": wantOf(h)}
			if place.name == "S3" { // packs are files of this machine in both
				bodies["selection"] = shallow
			}
			for name, body := range bodies {
				var sent atomic.Int64
				used := highWater(func() {
					var all sync.WaitGroup
					for range 16 {
						all.Go(func() {
							answer, err := http.Post(url, "application/x-git-upload-pack-request", strings.NewReader(body))
							if err != nil {
								t.Error(err)
								return
							}
							defer answer.Body.Close()
							n, err := io.Copy(io.Discard, answer.Body)
							if err != nil {
								t.Error(err)
							}
							sent.Add(n)
						})
					}
					all.Wait()
				})
				t.Logf("%s: %.1f MB", name, float64(used)/(1<<20))
				require.Greater(t, sent.Load(), int64(16*48<<20))
				require.LessOrEqual(t, used, int64(64<<20), name)
			}
		})
	}
}

// Four pushes of 48 MB at once, to S3. To a folder: TestMemoryOfLargePushes.
func TestGoalMemoryOfPushes(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 200 MB of disk")
	}
	noise := newAuthor(6)
	var all []object
	entries := ""
	for i := range 8 {
		file := object{3, string(noise.picture(6 << 20))}
		entries += entry("100644", fmt.Sprintf("%d.jpg", i), file.id())
		all = append(all, file)
	}
	tree := object{2, entries}
	body := pushBody("", append([]object{commitObject(tree.id()), tree}, all...))
	all = nil
	s, _ := places()[1].store(t)
	used := highWater(func() {
		var pushes sync.WaitGroup
		for i := range 4 {
			pushes.Go(func() {
				var out strings.Builder
				loc := gitstore.Location{Family: fmt.Sprint("f", i), Repository: "r"}
				if err := s.ReceivePack(t.Context(), loc, strings.NewReader(body), &out, gitstore.Push{}); err != nil || !strings.Contains(out.String(), "ok "+main) {
					t.Error(err, out.String())
				}
			})
		}
		pushes.Wait()
	})
	t.Logf("%.1f MB", float64(used)/(1<<20))
	require.LessOrEqual(t, used, int64(160<<20))
}

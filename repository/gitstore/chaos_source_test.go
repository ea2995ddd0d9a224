package gitstore_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/gitstore"
)

// Whatever becomes of a source, its remixes and theirs stay whole, when everything that nobody lists any more is swept.
func TestRemixesOutliveTheirSource(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, b blob.Store, s *gitstore.Store, source *gitstore.Repository){
		"withdrawn with all its refs": func(t *testing.T, _ blob.Store, s *gitstore.Store, source *gitstore.Repository) {
			r, err := s.SetRecord(t.Context(), at, source.Tag(), json.RawMessage(`{"withdrawn":"asked"}`), map[string]gitstore.Hash{main: ""})
			require.NoError(t, err)
			require.Empty(t, r.Manifest().Refs)
			_, err = s.Compact(t.Context(), at)
			require.NoError(t, err)
			require.Empty(t, pushed(t, s, at).Packs)
		},
		"its manifest is deleted": func(t *testing.T, b blob.Store, _ *gitstore.Store, _ *gitstore.Repository) {
			require.NoError(t, b.Delete(t.Context(), "f/"+family+"/r/"+lesson+"/manifest"))
		},
		"its history is rewritten": func(t *testing.T, _ blob.Store, s *gitstore.Store, source *gitstore.Repository) {
			save := revision(source, tree("index.md", "another history"), 50)
			save.Parents = nil
			_, _, err := s.Save(t.Context(), at, save)
			require.NoError(t, err)
			_, err = s.Compact(t.Context(), at)
			require.NoError(t, err)
			clone(t, server(t, s, at).URL)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := blob.OpenFolder(t.TempDir())
			require.NoError(t, err)
			s := gitstore.New(b, gitstore.Options{})
			files := prose(3)
			source, old := first(t, s, files)
			for i := range 4 {
				files["part-00/index.md"] = gitstore.File{Data: []byte(lines(40, fmt.Sprint("source ", i)))}
				source, _ = next(t, s, source, files, i+1)
			}
			whole := map[gitstore.Location]*gitstore.Repository{}
			remixed := func(name string, of *gitstore.Repository, rev gitstore.Hash) *gitstore.Repository {
				to := gitstore.Location{Family: family, Repository: name}
				save := revision(of, nil, 10)
				save.Old, save.Parents = "", []gitstore.Hash{rev}
				save.Edits = map[string]*gitstore.File{"index.md": {Data: []byte(lines(10, name))}}
				r, _, err := s.Save(t.Context(), to, save)
				require.NoError(t, err)
				for i := range 3 {
					save := revision(r, nil, 11+i)
					save.Edits = map[string]*gitstore.File{"own.md": {Data: fmt.Append(nil, name, i)}}
					r, _, err = s.Save(t.Context(), to, save)
					require.NoError(t, err)
				}
				whole[to] = r
				return r
			}
			a := remixed("of-newest", source, source.Head())
			remixed("of-oldest", source, old)
			remixed("of-a-remix", a, a.Head())
			compacted := remixed("compacted", source, source.Head())
			_, err = s.Compact(t.Context(), compacted.Location())
			require.NoError(t, err)
			for i := range 9 { // what only the source has
				source, _ = next(t, s, source, tree("index.md", fmt.Sprint(i)), 20+i)
			}

			end(t, b, s, source)
			swept := sweepNow(t, b)
			require.GreaterOrEqual(t, swept, 9)
			fresh := gitstore.New(b, gitstore.Options{})
			for to, was := range whole {
				r, err := fresh.Open(t.Context(), to)
				require.NoError(t, err)
				require.Equal(t, was.Head(), r.Head())
				before, err := was.Log(t.Context(), was.Head(), 100)
				require.NoError(t, err)
				after, err := r.Log(t.Context(), r.Head(), 100)
				require.NoError(t, err)
				require.Equal(t, before, after)
				dir := mirror(t, server(t, fresh, to).URL)
				require.Equal(t, fmt.Sprint(len(before)), git(t, dir, "rev-list", "--count", "main"))
				fsys, err := r.Tree(t.Context(), r.Head())
				require.NoError(t, err)
				for name := range files {
					_, err := fs.ReadFile(fsys, name)
					require.NoError(t, err, name)
				}
			}
			t.Logf("%d packs swept, %d remixes whole", swept, len(whole))
		})
	}
}

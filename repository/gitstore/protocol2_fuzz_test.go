package gitstore

import (
	"bytes"
	"context"
	"io"
	"testing"

	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/blob"
)

// Whatever is asked in version 2 is answered in packets, with a whole pack or none.
func FuzzUploadPack2(f *testing.F) {
	b := new(blob.Memory)
	s := New(b, Options{})
	at := Location{Family: "f", Repository: "r"}
	save := Save{Ref: "refs/heads/main", Tree: map[string]File{"index.md": {Data: []byte("x")}}}
	save.When = save.When.AddDate(2025, 0, 0)
	r, old, err := s.Save(context.Background(), at, save)
	require.NoError(f, err)
	save.Base, save.Old, save.Parents, save.Tree = r, old, []Hash{old}, map[string]File{"index.md": {Data: []byte("y")}}
	_, h, err := s.Save(context.Background(), at, save)
	require.NoError(f, err)
	f.Add([]byte("0013command=ls-refs0001" + "0008peel" + "000bsymrefs" + "000aunborn" + "001bref-prefix refs/heads/" + "0000"))
	f.Add([]byte("0011command=fetch" + "0015agent=git/2.39.50" + "0001" + "0031want " + h + "0008done0000"))
	f.Add([]byte("0011command=fetch0001" + "0031want " + h + "0031have " + old + "000dofs-delta000dthin-pack0000"))
	f.Add([]byte("0011command=fetch0001" + "0031want " + h + "0034shallow " + h + "000cdeepen 10013deepen-relative0008done0000"))
	f.Add([]byte("0011command=fetch0001" + "0031have " + h + "0011wait-for-done0000"))
	f.Fuzz(func(t *testing.T, body []byte) {
		var out bytes.Buffer
		if err := s.UploadPack(context.Background(), at, "version=2", bytes.NewReader(body), &out); err != nil {
			t.Fatalf("a request made the server fail: %v", err)
		}
		answer := out.Bytes()
		if len(answer) == 0 {
			return
		}
		if refused := bytes.Contains(answer, []byte("ERR upload-pack: ")); refused == bytes.HasSuffix(answer, []byte("0000")) {
			t.Fatalf("neither an answer nor a refusal: %.300q", answer)
		}
		_, band, sent := bytes.Cut(answer, []byte("000dpackfile\n"))
		if !sent || bytes.Contains(body, []byte("thin-pack")) {
			return
		}
		pack, err := io.ReadAll(sideband.NewDemuxer(sideband.Sideband64k, bytes.NewReader(band)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := receiveBytes(testStore(Limits{}), pack); err != nil {
			t.Fatalf("sent a damaged pack: %v", err)
		}
	})
}

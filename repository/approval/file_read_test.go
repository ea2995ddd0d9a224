package approval_test

import (
	"bytes"
	"crypto/ed25519"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/approval"
)

func TestAListIsReadWhileItComes(t *testing.T) {
	t.Parallel()
	b, err := approval.Render(list(t, created(), added(1, "a1"), added(2, "a1"), added(3, "a1")), base, nil).JSON()
	require.NoError(t, err)
	size := int64(len(b))
	f, sums, err := approval.ReadFrom(bytes.NewReader(b), size, 3, func(it approval.FileItem) approval.FileItem {
		it.Item.Name = strings.ToUpper(it.Item.Name)
		return it
	})
	require.NoError(t, err)
	require.Len(t, f.Items, 3)
	assert.Equal(t, "LESSON 1", f.Items[0].Item.Name)
	assert.Equal(t, size, sums.Bytes)
	assert.Equal(t, approval.Hash(b), sums.SHA256)
	public, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	signer, err := approval.VerifySum(approval.Sign(key, approval.Namespace, b), approval.Namespace, sums.SHA512)
	require.NoError(t, err)
	assert.Equal(t, public, signer)

	text := string(b)
	for _, x := range []struct {
		name, code string
		src        string
		most       int64
		entries    int
	}{
		{"one byte more than is taken", "too-long", text, size - 1, 3},
		{"endless space", "too-long", text + strings.Repeat(" ", 100), size + 50, 3},
		{"one entry more", "too-long", text, size, 2},
		{"cut off", "json", text[:size/2], size, 3},
		{"more behind it", "json", text + "{}", size + 9, 3},
		{"entries twice", "json", strings.Replace(text, `"itemListElement"`, `"itemListElement":[],"itemListElement"`, 1), size * 2, 3},
		{"entries that are none", "json", strings.Replace(text, `"itemListElement": [`, `"itemListElement": 3, "x": [`, 1), size * 2, 3},
		{"no object", "json", `[]`, size, 3},
		{"an entry twice", "twice", strings.ReplaceAll(text, "0002", "0001"), size, 3},
	} {
		_, _, err := approval.ReadFrom(strings.NewReader(x.src), x.most, x.entries, nil)
		assert.Equal(t, x.code, approval.Code(err), "%s: %v", x.name, err)
	}
}

package approval_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha512"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

func key() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32)) }

func public(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

func TestEveryByteOfAMessageIsSigned(t *testing.T) {
	t.Parallel()
	message := []byte(`{"name":"Mathematics"}`)
	signature := approval.Sign(key(), approval.Namespace, message)
	got, err := approval.VerifySum(signature, approval.Namespace, sha512.Sum512(message))
	require.NoError(t, err)
	assert.Equal(t, public(key()), got)
	for i := range message {
		changed := bytes.Clone(message)
		changed[i] ^= 1
		_, err := approval.VerifySum(signature, approval.Namespace, sha512.Sum512(changed))
		require.ErrorIs(t, err, kind.ErrDenied, "byte %d", i)
	}
	_, err = approval.VerifySum(signature, "git", sha512.Sum512(message))
	require.ErrorIs(t, err, kind.ErrDenied)
	accepted := 0
	for i := range signature {
		changed := bytes.Clone(signature)
		changed[i] ^= 1
		if _, err := approval.VerifySum(changed, approval.Namespace, sha512.Sum512(message)); err == nil {
			accepted++
		}
	}
	assert.LessOrEqual(t, accepted, 7, "only ends of lines, which base64 does not count, may change")
}

func TestKeysAsOpenSSHWritesThem(t *testing.T) {
	t.Parallel()
	text := approval.AuthorizedKey(public(key()))
	got, err := approval.ParseAuthorizedKey(text + " state.example")
	require.NoError(t, err)
	assert.Equal(t, public(key()), got)
	for _, bad := range []string{"", "ssh-ed25519", "ssh-rsa AAAA", "ssh-ed25519 ????", text[:40]} {
		_, err := approval.ParseAuthorizedKey(bad)
		require.ErrorIs(t, err, kind.ErrInvalid, bad)
	}
}

// TestOpenSSHVerifies has the real ssh-keygen verify what we signed, refuse what was changed, and sign what we verify.
func TestOpenSSHVerifies(t *testing.T) {
	t.Parallel()
	keygen, err := exec.LookPath("ssh-keygen")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("ssh-keygen is missing: apt-get install openssh-client")
		}
		t.Skip("ssh-keygen is missing: apt-get install openssh-client")
	}
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, b, 0o600))
		return path
	}
	message := []byte("{\"name\":\"Mathematics\"}\n")
	signers := write("allowed_signers", []byte(approval.AllowedSigner("state.example", public(key()))+"\n"))
	signature := write("list.json.sig", approval.Sign(key(), approval.Namespace, message))
	verify := func(message []byte, identity, namespace string) (string, error) {
		cmd := exec.CommandContext(t.Context(), keygen, "-Y", "verify", "-f", signers, "-I", identity, "-n", namespace, "-s", signature)
		cmd.Stdin = bytes.NewReader(message)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := verify(message, "state.example", approval.Namespace)
	require.NoError(t, err, out)
	assert.Contains(t, out, `Good "commonplace-list" signature for state.example`)
	assert.Contains(t, out, approval.Fingerprint(public(key())))
	for _, c := range [][3]string{
		{string(message) + " ", "state.example", approval.Namespace}, {string(message), "other.example", approval.Namespace},
		{string(message), "state.example", "git"},
	} {
		out, err := verify([]byte(c[0]), c[1], c[2])
		require.Error(t, err, out)
	}

	theirs := filepath.Join(dir, "key")
	require.NoError(t, exec.CommandContext(t.Context(), keygen, "-q", "-t", "ed25519", "-N", "", "-f", theirs).Run())
	cmd := exec.CommandContext(t.Context(), keygen, "-Y", "sign", "-f", theirs, "-n", approval.Namespace)
	cmd.Stdin = bytes.NewReader(message)
	signed, err := cmd.Output()
	require.NoError(t, err)
	got, err := approval.VerifySum(signed, approval.Namespace, sha512.Sum512(message))
	require.NoError(t, err)
	line, err := os.ReadFile(theirs + ".pub")
	require.NoError(t, err)
	want, err := approval.ParseAuthorizedKey(string(line))
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

func FuzzVerifySum(f *testing.F) {
	f.Add(approval.Sign(key(), approval.Namespace, []byte("x")))
	f.Add([]byte("-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAf////8=\n-----END SSH SIGNATURE-----\n"))
	f.Fuzz(func(t *testing.T, armored []byte) {
		if got, err := approval.VerifySum(armored, approval.Namespace, sha512.Sum512([]byte("y"))); err == nil && bytes.Equal(got, public(key())) {
			t.Fatal("a signature for another message was taken")
		}
	})
}

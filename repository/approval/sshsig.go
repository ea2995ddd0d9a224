package approval

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Namespace is what lists are signed for: ssh-keygen -Y verify -n commonplace-list. A signature for another purpose, such
// as one for git, is none for a list.
const Namespace = "commonplace-list"

const (
	sshMagic   = "SSHSIG"
	sshEd25519 = "ssh-ed25519"
	sshBegin   = "-----BEGIN SSH SIGNATURE-----"
	sshEnd     = "-----END SSH SIGNATURE-----"
	sshHash    = "sha512"
	maxSSHSig  = 4 << 10 // bytes of an armored signature
	sshLine    = 70      // characters a line, as ssh-keygen writes it
)

// Sign returns an armored signature of a message, by OpenSSH's PROTOCOL.sshsig.
func Sign(key ed25519.PrivateKey, namespace string, message []byte) []byte {
	public, _ := key.Public().(ed25519.PublicKey)
	var signature, b []byte
	signature = sshString(sshString(nil, []byte(sshEd25519)), ed25519.Sign(key, sshSigned(namespace, sha512.Sum512(message))))
	b = binary.BigEndian.AppendUint32([]byte(sshMagic), 1)
	for _, field := range [][]byte{sshKey(public), []byte(namespace), nil, []byte(sshHash), signature} {
		b = sshString(b, field)
	}
	text := base64.StdEncoding.EncodeToString(b)
	var out strings.Builder
	out.WriteString(sshBegin + "\n")
	for len(text) > 0 {
		n := min(sshLine, len(text))
		out.WriteString(text[:n] + "\n")
		text = text[n:]
	}
	out.WriteString(sshEnd + "\n")
	return []byte(out.String())
}

// VerifySum returns the key that signed the message with a SHA-512 for the namespace. Whether to trust the key is for the
// caller to say. What is not signed is kind.ErrDenied, with the reason.
func VerifySum(armored []byte, namespace string, sum [sha512.Size]byte) (ed25519.PublicKey, error) {
	key, err := verifySSH(armored, namespace, sum)
	if err != nil {
		return nil, fmt.Errorf("%w: the signature %w", kind.ErrDenied, err)
	}
	return key, nil
}

func verifySSH(armored []byte, namespace string, sum [sha512.Size]byte) (ed25519.PublicKey, error) {
	if len(armored) > maxSSHSig {
		return nil, errors.New("is too long")
	}
	text := strings.TrimSpace(string(armored))
	text, begun := strings.CutPrefix(text, sshBegin)
	text, ended := strings.CutSuffix(text, sshEnd)
	if !begun || !ended {
		return nil, errors.New("is not an SSH signature")
	}
	b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil || len(b) < len(sshMagic)+4 || string(b[:len(sshMagic)]) != sshMagic {
		return nil, errors.New("cannot be read")
	}
	if v := binary.BigEndian.Uint32(b[len(sshMagic):]); v != 1 {
		return nil, fmt.Errorf("is of version %d, and 1 is understood", v)
	}
	fields, err := sshStrings(b[len(sshMagic)+4:], 5)
	if err != nil {
		return nil, err
	}
	if string(fields[1]) != namespace {
		return nil, fmt.Errorf("is for %.40q, and not for %q", fields[1], namespace)
	}
	if string(fields[3]) != sshHash {
		return nil, fmt.Errorf("uses the hash %.20q, and %s is understood", fields[3], sshHash)
	}
	key, err := sshPair(fields[0], ed25519.PublicKeySize)
	if err != nil {
		return nil, err
	}
	signature, err := sshPair(fields[4], ed25519.SignatureSize)
	if err != nil {
		return nil, err
	}
	if !ed25519.Verify(key, sshSigned(namespace, sum), signature) {
		return nil, errors.New("does not belong to these bytes")
	}
	return key, nil
}

// sshSigned is what is signed: a message by its SHA-512.
func sshSigned(namespace string, sum [sha512.Size]byte) []byte {
	b := []byte(sshMagic)
	for _, field := range [][]byte{[]byte(namespace), nil, []byte(sshHash), sum[:]} {
		b = sshString(b, field)
	}
	return b
}

func sshKey(key ed25519.PublicKey) []byte { return sshString(sshString(nil, []byte(sshEd25519)), key) }

// sshString appends a field by RFC 4251, section 5.
func sshString(b, field []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(field))) //nolint:gosec // our fields are short
	return append(b, field...)
}

// sshStrings reads exactly n fields.
func sshStrings(b []byte, n int) ([][]byte, error) {
	fields := make([][]byte, n)
	for i := range fields {
		if len(b) < 4 {
			return nil, errors.New("ends too early")
		}
		size := binary.BigEndian.Uint32(b)
		if uint64(size) > uint64(len(b)-4) {
			return nil, errors.New("ends too early")
		}
		fields[i], b = b[4:4+size], b[4+size:]
	}
	if len(b) != 0 {
		return nil, errors.New("goes on after its end")
	}
	return fields, nil
}

// sshPair reads the value of a pair of algorithm and value.
func sshPair(b []byte, size int) ([]byte, error) {
	pair, err := sshStrings(b, 2)
	if err != nil {
		return nil, err
	}
	if string(pair[0]) != sshEd25519 || len(pair[1]) != size {
		return nil, fmt.Errorf("is made with %.30q, and %s is understood", pair[0], sshEd25519)
	}
	return bytes.Clone(pair[1]), nil
}

// AuthorizedKey writes a public key as the files of OpenSSH do: ssh-ed25519 AAAA…
func AuthorizedKey(key ed25519.PublicKey) string {
	return sshEd25519 + " " + base64.StdEncoding.EncodeToString(sshKey(key))
}

// ParseAuthorizedKey reads what AuthorizedKey writes; a comment may follow.
func ParseAuthorizedKey(s string) (ed25519.PublicKey, error) {
	words := strings.Fields(s)
	if len(words) < 2 || words[0] != sshEd25519 || len(s) > 1000 {
		return nil, malformed("key", "%.60q is not a key like ssh-ed25519 AAAA…", s)
	}
	b, err := base64.StdEncoding.DecodeString(words[1])
	if err != nil {
		return nil, malformed("key", "%.60q is not a key like ssh-ed25519 AAAA…", s)
	}
	key, err := sshPair(b, ed25519.PublicKeySize)
	if err != nil {
		return nil, malformed("key", "the key %v", err)
	}
	return key, nil
}

// AllowedSigner is a line of the file that ssh-keygen -Y verify takes as allowed signers (ssh-keygen(1), ALLOWED SIGNERS).
func AllowedSigner(principal string, key ed25519.PublicKey) string {
	return principal + ` namespaces="` + Namespace + `" ` + AuthorizedKey(key)
}

// Fingerprint names a key as ssh-keygen -l does: SHA256:…
func Fingerprint(key ed25519.PublicKey) string {
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sha256Of(sshKey(key)))
}

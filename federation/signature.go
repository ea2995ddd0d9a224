package federation

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Signatures of requests are HTTP Message Signatures (RFC 9421) with ed25519 (section 3.3.6) over the components below;
// the body is bound by its digest (RFC 9530). The keyid is the public key itself in base64url without padding.

// signed are the components that every signature must cover.
var signed = []string{"@method", "@target-uri", "content-digest", "content-type"}

// signatureAge is how far the clocks of two servers may differ, and how long a signed request is good for.
const signatureAge = 10 * time.Minute

// KeyID names a public key.
func KeyID(key ed25519.PublicKey) string { return base64.RawURLEncoding.EncodeToString(key) }

// SignRequest signs a request whose body is given, which it must be sent to as it is.
func SignRequest(r *http.Request, body []byte, key ed25519.PrivateKey, at time.Time) {
	r.Header.Set("Content-Digest", digestOf(body))
	public, _ := key.Public().(ed25519.PublicKey)
	params := fmt.Sprintf(`("%s");created=%d;keyid="%s";alg="ed25519"`, strings.Join(signed, `" "`), at.Unix(), KeyID(public))
	base := signatureBase(signed, r.Method, r.URL.String(), r.Header, params)
	r.Header.Set("Signature-Input", "sig1="+params)
	r.Header.Set("Signature", "sig1=:"+base64.StdEncoding.EncodeToString(ed25519.Sign(key, base))+":")
}

// VerifyRequest returns the key that signed a request to the target, an absolute URL. It returns kind.ErrDenied, with the
// reason, where the signature is missing, wrong, too old, from the future, or covers too little.
func VerifyRequest(method, target string, header http.Header, body []byte, now time.Time) (ed25519.PublicKey, error) {
	input := header.Values("Signature-Input")
	if len(input) != 1 || len(input[0]) > 1000 {
		return nil, fmt.Errorf("%w: the request is not signed as RFC 9421 says", kind.ErrDenied)
	}
	parts := signatureInput.FindStringSubmatch(input[0])
	if parts == nil {
		return nil, fmt.Errorf("%w: Signature-Input cannot be read", kind.ErrDenied)
	}
	label, params := parts[1], strings.TrimPrefix(input[0], parts[1]+"=")
	covered := strings.Fields(strings.ReplaceAll(parts[2], `"`, ""))
	for _, c := range signed {
		if !slices.Contains(covered, c) {
			return nil, fmt.Errorf("%w: the signature does not cover %s", kind.ErrDenied, c)
		}
	}
	given := map[string]string{}
	for _, p := range parameter.FindAllStringSubmatch(parts[3], -1) {
		given[p[1]] = strings.Trim(p[2], `"`)
	}
	created, err := strconv.ParseInt(given["created"], 10, 64)
	if age := now.Sub(time.Unix(created, 0)); err != nil || age > signatureAge || age < -signatureAge {
		return nil, fmt.Errorf("%w: the signature is of another time than now; is a clock wrong?", kind.ErrDenied)
	}
	key, err := base64.RawURLEncoding.DecodeString(given["keyid"])
	if err != nil || len(key) != ed25519.PublicKeySize || given["alg"] != "ed25519" {
		return nil, fmt.Errorf("%w: the signature names no ed25519 key", kind.ErrDenied)
	}
	if got := header.Get("Content-Digest"); got != digestOf(body) {
		return nil, fmt.Errorf("%w: the body is not the one that was signed", kind.ErrDenied)
	}
	value, ok := strings.CutPrefix(header.Get("Signature"), label+"=:")
	signature, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(value, ":"))
	if !ok || err != nil || !ed25519.Verify(key, signatureBase(covered, method, target, header, params), signature) {
		return nil, fmt.Errorf("%w: the signature is wrong", kind.ErrDenied)
	}
	return key, nil
}

var (
	signatureInput = regexp.MustCompile(`^([a-z][a-z0-9]{0,19})=\(((?:"[@a-z-]+" ?){1,10})\)((?:;[a-z]+=(?:\d+|"[A-Za-z0-9_-]*"))*)$`)
	parameter      = regexp.MustCompile(`;([a-z]+)=(\d+|"[A-Za-z0-9_-]*")`)
)

// signatureBase is what is signed (RFC 9421, section 2.5).
func signatureBase(covered []string, method, target string, header http.Header, params string) []byte {
	var b bytes.Buffer
	for _, c := range covered {
		value := strings.TrimSpace(strings.Join(header.Values(c), ", "))
		switch c {
		case "@method":
			value = method
		case "@target-uri":
			value = target
		}
		fmt.Fprintf(&b, "%q: %s\n", c, value)
	}
	fmt.Fprintf(&b, "%q: %s", "@signature-params", params)
	return b.Bytes()
}

func digestOf(body []byte) string {
	sum := sha256.Sum256(body)
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}

package backup

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Keys of a vault.
const (
	vaultKey      = "vault.json"
	objectsPrefix = "objects/"
	backupsPrefix = "backups/"
	lockKey       = "writer/lock"
	stateKey      = "writer/state"
)

const (
	vaultFormat = 1
	maxVault    = 1 << 20
)

// ErrNoVault says that there is no vault where one was looked for.
var ErrNoVault = fmt.Errorf("backups: %w", kind.ErrNotFound)

// Keys open a vault, or say how a new one is encrypted. The zero value is for one that is not.
type Keys struct {
	Recipients []age.Recipient // whom objects are encrypted for
	Names      []string        // of the recipients, as they are written
	Identities []age.Identity  // that objects are decrypted with
	Passphrase string          // in the place of both

	work int // scrypt's work factor; 0: age's own
}

// ReadRecipients reads public keys, one a line, as age-keygen writes them.
func ReadRecipients(text string) (k Keys, err error) {
	k.Recipients, err = age.ParseRecipients(strings.NewReader(text))
	if err != nil {
		return k, fmt.Errorf("%w: recipient: %w", kind.ErrInvalid, err)
	}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			k.Names = append(k.Names, line)
		}
	}
	slices.Sort(k.Names)
	return k, nil
}

// ReadIdentities reads private keys, one a line, as age-keygen writes them.
func ReadIdentities(text string) (k Keys, err error) {
	k.Identities, err = age.ParseIdentities(strings.NewReader(text))
	if err != nil {
		return k, fmt.Errorf("%w: identity: %w", kind.ErrInvalid, err)
	}
	return k, nil
}

// Vault is a place that backups are kept in.
type Vault struct {
	store blob.Store
	about about
	keys  Keys // that open it, as far as they are given
	lease time.Duration
	now   func() time.Time
}

// about is what vault.json says.
type about struct {
	Format     int      `json:"format"`
	ID         string   `json:"id"`
	Recipients []string `json:"recipients,omitempty"` // none: objects are not encrypted
	Key        []byte   `json:"key,omitempty"`        // an age identity, encrypted with a passphrase
}

// Open opens a vault to look at it or to restore from it. Without the keys of an encrypted one only what needs none can be
// done. It is ErrNoVault where there is none.
func Open(ctx context.Context, store blob.Store, keys Keys) (v *Vault, err error) {
	v = &Vault{store: store, keys: keys, lease: lease, now: time.Now}
	raw, err := readAll(ctx, store, vaultKey, maxVault)
	if errors.Is(err, blob.ErrNotFound) {
		return nil, ErrNoVault
	}
	if err != nil {
		return nil, fmt.Errorf("open backups: %w", err)
	}
	if err := json.Unmarshal(raw, &v.about); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", vaultKey, err)
	}
	if v.about.Format != vaultFormat {
		return nil, fmt.Errorf("%s has format %d, this program reads format %d", vaultKey, v.about.Format, vaultFormat)
	}
	if keys.Passphrase != "" {
		if err := v.unlock(); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// unlock brings the vault's own identity back by the passphrase.
func (v *Vault) unlock() error {
	if len(v.about.Key) == 0 {
		return fmt.Errorf("%w: these backups are not encrypted with a passphrase", kind.ErrInvalid)
	}
	s, err := age.NewScryptIdentity(v.keys.Passphrase)
	if err != nil {
		return err
	}
	s.SetMaxWorkFactor(20)
	r, err := age.Decrypt(bytes.NewReader(v.about.Key), s)
	if err != nil {
		return fmt.Errorf("%w: the passphrase does not open these backups: %w", kind.ErrInvalid, err)
	}
	text, err := io.ReadAll(io.LimitReader(r, maxVault))
	if err != nil {
		return err
	}
	own, err := age.ParseX25519Identity(string(text))
	if err != nil {
		return fmt.Errorf("%s is damaged: %w", vaultKey, err)
	}
	v.keys.Identities = []age.Identity{own}
	v.keys.Recipients, v.keys.Names = []age.Recipient{own.Recipient()}, []string{own.Recipient().String()}
	return nil
}

// OpenToWrite opens a vault to add backups to it, and makes it where nothing is. The keys must be those that it was made
// with.
func OpenToWrite(ctx context.Context, store blob.Store, keys Keys) (*Vault, error) {
	v, err := Open(ctx, store, keys)
	if errors.Is(err, ErrNoVault) {
		if err := create(ctx, store, keys); err != nil {
			return nil, err
		}
		v, err = Open(ctx, store, keys)
	}
	if err != nil {
		return nil, err
	}
	switch {
	case slices.Equal(v.about.Recipients, v.keys.Names):
		return v, nil
	case len(v.keys.Names) == 0 && len(v.about.Key) > 0:
		return nil, fmt.Errorf("%w: these backups are encrypted; give their passphrase", kind.ErrInvalid)
	case len(v.keys.Names) == 0:
		return nil, fmt.Errorf("%w: these backups are encrypted; give their recipients", kind.ErrInvalid)
	case len(v.about.Recipients) == 0:
		return nil, fmt.Errorf("%w: these backups are not encrypted; begin new ones elsewhere", kind.ErrInvalid)
	}
	return nil, fmt.Errorf("%w: these backups are encrypted for others: %s", kind.ErrInvalid, strings.Join(v.about.Recipients, " "))
}

// create makes a vault where nothing is.
func create(ctx context.Context, store blob.Store, keys Keys) error {
	for info, err := range store.List(ctx, "") {
		if err == nil {
			err = fmt.Errorf("%w: there is something else (%s), and no backups; use an empty folder or bucket", kind.ErrInvalid, info.Key)
		}
		return err
	}
	a := about{Format: vaultFormat, ID: rand.Text(), Recipients: keys.Names}
	if keys.Passphrase != "" {
		own, err := age.GenerateX25519Identity()
		if err != nil {
			return err
		}
		s, err := age.NewScryptRecipient(keys.Passphrase)
		if err != nil {
			return err
		}
		if keys.work > 0 {
			s.SetWorkFactor(keys.work)
		}
		if a.Key, err = encrypt([]byte(own.String()), s); err != nil {
			return err
		}
		a.Recipients = []string{own.Recipient().String()}
	}
	raw, err := json.Marshal(a)
	if err != nil {
		return err
	}
	_, err = store.Put(ctx, vaultKey, bytes.NewReader(raw), blob.IfAbsent())
	if errors.Is(err, blob.ErrConflict) {
		return nil // another was first; whether they agree is seen when it is opened
	}
	return err
}

// Encrypted reports whether objects are encrypted.
func (v *Vault) Encrypted() bool { return len(v.about.Recipients) > 0 }

// readable reports whether the content of objects can be read.
func (v *Vault) readable() bool { return !v.Encrypted() || len(v.keys.Identities) > 0 }

func encrypt(plain []byte, to ...age.Recipient) ([]byte, error) {
	var b bytes.Buffer
	w, err := age.Encrypt(&b, to...)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// readAll reads a blob of at most limit bytes.
func readAll(ctx context.Context, from blob.Store, key string, limit int64) ([]byte, error) {
	obj, err := from.Get(ctx, key, blob.GetOptions{})
	if err != nil {
		return nil, err
	}
	defer obj.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(obj.Body, limit+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(raw)) > limit:
		return nil, fmt.Errorf("%s has more than %d bytes", key, limit)
	case int64(len(raw)) < obj.Size:
		return nil, fmt.Errorf("%s: %w", key, io.ErrUnexpectedEOF)
	}
	return raw, nil
}

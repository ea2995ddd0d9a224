package backup

import (
	"context"
	"time"

	"github.com/commonplace-oer/commonplace/repository/blob"
)

// SetLease makes leases of a vault shorter.
func (v *Vault) SetLease(d time.Duration) { v.lease = d }

// SetClock gives a vault another clock.
func (v *Vault) SetClock(now func() time.Time) { v.now = now }

// Quick makes a passphrase cheap to try.
func (k Keys) Quick() Keys { k.work = 2; return k }

// Lock takes a vault as a writer does that dies later.
func (v *Vault) Lock(ctx context.Context) (context.Context, func() error, error) {
	ctx, _, release, err := v.acquire(ctx)
	return ctx, release, err
}

// Fill is fill.
func Fill(all []blob.Info) []blob.Info { return fill(all) }

// DecodeIndex reads what may be anything.
func DecodeIndex(name string, raw []byte) error { _, err := decodeIndex(name, raw); return err }

// Encode gives an index of objects its name.
func Encode(b Backup, detail string, objects []string) (string, []byte, error) {
	x := index{Format: indexFormat, Backup: b, Detail: detail, Objects: objects}
	raw, err := x.encode()
	return x.Name, raw, err
}

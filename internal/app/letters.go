package app

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"sync"
	"time"
)

// Letters brings suggestions from server to server. What was sent is kept in the bucket until its answer is known; what
// came from a server that is no peer waits there for an administrator.
type Letters struct {
	app       *App
	key       ed25519.PrivateKey
	mu        sync.Mutex    // one letter is held at a time, so that their number stays within bounds
	beginning sync.Mutex    // one letter begins at a time, so that what is sent twice is seen
	asking    chan struct{} // bounds how many strangers are asked for their keys at a time
	ended     sync.Map      // keys of letters that were sent and decided, which are not read again
}

const (
	sentPrefix     = "letters/sent/"
	receivedPrefix = "letters/received/"
	heldPrefix     = "letters/held/"
	maxHeld        = 100       // letters of unknown servers that wait
	maxHeldOfHost  = 10        // of one of them
	maxHeldSize    = 512 << 10 // of one such letter, in bytes
	maxHeldFiles   = 50        // in it
	maxWaiting     = 50        // letters of one account that are not decided yet
	maxAsking      = 4
	askTime        = 10 * time.Second
	deliverTime    = 20 * time.Second
	maxState       = 64 << 10
)

func newLetters(a *App) *Letters {
	mac := hmac.New(sha256.New, a.settings.Secret)
	mac.Write([]byte("key that signs suggestions"))
	return &Letters{app: a, key: ed25519.NewKeyFromSeed(mac.Sum(nil)), asking: make(chan struct{}, maxAsking)}
}

// Key is the public key that this server's letters are signed with.
func (l *Letters) Key() ed25519.PublicKey {
	public, _ := l.key.Public().(ed25519.PublicKey)
	return public
}

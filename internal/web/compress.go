package web

import (
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/valyala/fasthttp"
)

// Levels of compression: of Brotli one that takes 2 ms for a page, and the best, which takes 90 ms and saves a tenth; of gzip,
// which programs take, one that takes 0.3 ms, where 4 % less would take 0.5.
const (
	liveLevel = 5
	gzipLevel = 3
	bestLevel = fasthttp.CompressBrotliBestCompression
)

// firstRound is how many bytes of a page arrive in the first round trip, with its head, its script and the mark: of ten
// segments (RFC 6928). A page that is a little larger is worth the best level at once: on a slow line a round trip takes
// 400 ms.
const firstRound = 10_800

// What is compressed at the best level at once takes a tenth of a processor in the long run: each page counts as bestTakes of
// time, and bestAhead of it may be taken ahead. Where many ask for pages that nobody asked for before, the others are as they
// come out of the live level.
const (
	bestTakes = time.Second
	bestAhead = time.Minute
)

// Bounds of the compressed bodies that are kept: pages have 5 to 14 kB. Those of searches, which nobody may ask for again,
// leave room for lessons.
const (
	bodiesKept = 2048
	bodyKept   = 32 << 10
)

// idle is how many times as long as the best level takes it then rests, so that it takes a tenth of a processor at most.
const idle = 9

// packer compresses bodies, and keeps those that may be asked for again. What is asked for again is compressed better
// meanwhile.
type packer struct {
	kept *lru.Cache[[24]byte, packed] // by encoding and hash
	busy atomic.Bool
	rest atomic.Int64 // until when, as Unix nanoseconds
	paid atomic.Int64 // likewise: until when bestTakes has been taken
}

type packed struct {
	body []byte
	best bool
}

func newPacker() (*packer, error) {
	kept, err := lru.New[[24]byte, packed](bodiesKept)
	return &packer{kept: kept}, err
}

func packedKey(encoding string, sum [32]byte) (key [24]byte) {
	copy(key[:], sum[:23])
	key[23] = encoding[0]
	return key
}

// done returns the compressed form of a body with a hash, where there is one that cannot be better, or cannot become so now.
func (p *packer) done(encoding string, sum [32]byte) ([]byte, bool) {
	old, ok := p.kept.Get(packedKey(encoding, sum))
	return old.body, ok && (old.best || p.resting())
}

func (p *packer) resting() bool { return time.Now().UnixNano() < p.rest.Load() || p.busy.Load() }

// pack returns the compressed form of a body with a hash. The encoding is br or gzip.
func (p *packer) pack(encoding string, sum [32]byte, b []byte) []byte {
	key := packedKey(encoding, sum)
	if old, ok := p.kept.Get(key); ok {
		if !old.best {
			p.improve(key, b)
		}
		return old.body
	}
	out := packed{best: encoding == "gzip"}
	if out.best {
		out.body = gzipped(b, gzipLevel)
	} else {
		out.body = fasthttp.AppendBrotliBytesLevel(nil, b, liveLevel)
		if n := len(out.body); firstRound < n && n < firstRound*9/8 && p.affords() {
			out = packed{fasthttp.AppendBrotliBytesLevel(nil, b, bestLevel), true}
		}
	}
	if len(out.body) <= bodyKept {
		p.kept.Add(key, out)
	}
	return out.body
}

// affords takes the time for one body at the best level, where there is some.
func (p *packer) affords() bool {
	for {
		now, paid := time.Now(), p.paid.Load()
		next := max(paid, now.UnixNano()) + int64(bestTakes)
		if next > now.Add(bestAhead).UnixNano() {
			return false
		}
		if p.paid.CompareAndSwap(paid, next) {
			return true
		}
	}
}

// improve compresses a body as well as can be, beside the request, unless another one is under way or it is to rest.
func (p *packer) improve(key [24]byte, b []byte) {
	began := time.Now()
	if p.resting() || !p.busy.CompareAndSwap(false, true) {
		return
	}
	go func() {
		defer p.busy.Store(false)
		p.kept.Add(key, packed{fasthttp.AppendBrotliBytesLevel(nil, b, bestLevel), true})
		p.rest.Store(time.Now().Add(idle * time.Since(began)).UnixNano())
	}()
}

package search

import (
	"encoding/binary"
	"math/bits"
	"unicode"
	"unicode/utf8"
)

// A sketch tells how much of two texts is the same, by one-permutation MinHash (Li, Owen, Zhang: One Permutation Hashing,
// 2012): every run of shingle words is hashed; the hash chooses a bin, and each bin keeps the least of its hashes. The share
// of bins that agree is about the share of runs that both texts have.
const (
	bins     = 128
	shingle  = 4  // words
	fewWords = 50 // texts of fewer words have no sketch: too little to tell copies from templates by
	// sameText is the share of equal bins from which two texts are near copies: in a text of 1,000 words, less than two
	// sentences differ. A remix that changed a few blocks is below.
	sameText = 0.96
	// Near copies are looked for by bands of bins that are all equal: 5 of 12 find 98 % of those at the limit.
	sketchBands = 5
	bandBins    = 12
)

// sketch has one byte for each bin; 0 stands for a bin that no hash fell into.
type sketch [bins]byte

// sketchOf gives the sketch of a document's text and the terms of its bands; none for short texts. Descriptions without
// a text count only where the title is the same, since collections describe their items alike.
func sketchOf(d *Document) (s *sketch, terms []string) {
	least, ok := minHashes(0, d.Body)
	if !ok {
		if least, ok = minHashes(hashText(14695981039346656037, titleKey(plainText(d.Title))), d.Description, d.Body); !ok {
			return nil, nil
		}
	}
	s = new(sketch)
	for i, h := range least {
		if h != emptyBin {
			s[i] = byte(1 + h%255)
		}
	}
	for b := range sketchBands {
		h := mix(uint64(b) + 1)
		for _, v := range least[b*bandBins : (b+1)*bandBins] {
			h = mix(h ^ uint64(v))
		}
		var key [8]byte
		binary.BigEndian.PutUint64(key[:], h)
		terms = append(terms, string(key[:4]))
	}
	return s, terms
}

const emptyBin = 1<<32 - 1

// minHashes gives the least hash of each bin over the words of the texts, and whether they have enough of them.
func minHashes(salt uint64, texts ...string) (least [bins]uint32, ok bool) {
	for i := range least {
		least[i] = emptyBin
	}
	var last [shingle]uint64
	words := 0
	for _, text := range texts {
		eachWord(text[:min(len(text), maxBody)], func(word uint64) {
			last[words%shingle] = word
			words++
			if words < shingle {
				return
			}
			h := salt
			for i := range shingle {
				h = mix(h ^ last[(words+i)%shingle])
			}
			if bin, v := h%bins, uint32(h>>32); v < least[bin] {
				least[bin] = v
			}
		})
	}
	return least, words >= fewWords
}

// eachWord calls f with a hash of each word, in lower case and of letters and digits alone.
func eachWord(s string, f func(uint64)) {
	const start = 14695981039346656037
	h, in := uint64(start), false
	for i := 0; i < len(s); {
		r, n := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(s[i:])
		}
		i += n
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
		case r >= 'A' && r <= 'Z':
			r += 'a' - 'A'
		case r < utf8.RuneSelf || !unicode.IsLetter(r) && !unicode.IsNumber(r):
			if unicode.Is(unicode.Mn, r) {
				continue // an accent of its own
			}
			if in {
				f(h)
			}
			h, in = start, false
			continue
		default:
			r = unicode.ToLower(r)
		}
		h, in = (h^uint64(r))*1099511628211, true
	}
	if in {
		f(h)
	}
}

// hashText is FNV-1a, from a start.
func hashText(h uint64, s string) uint64 {
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// mix spreads the bits of a number over all of them (MurmurHash3's finalizer).
func mix(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return bits.ReverseBytes64(h ^ h>>33)
}

// like is the share of bins that are equal, of those that are filled in one of the sketches.
func (s *sketch) like(o *sketch) float64 {
	same, filled := 0, 0
	for i, v := range s {
		if v == 0 && o[i] == 0 {
			continue
		}
		filled++
		if v == o[i] {
			same++
		}
	}
	if filled == 0 {
		return 0
	}
	return float64(same) / float64(filled)
}

package picture

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

const pngHead = "\x89PNG\r\n\x1a\n"

// pngKept are the chunks of PNG (third edition) that say how the pixels look: all else is words, dates and places.
var pngKept = map[string]bool{
	"IHDR": true, "PLTE": true, "IDAT": true, "IEND": true, "tRNS": true, "cHRM": true, "gAMA": true, "iCCP": true, "sBIT": true,
	"sRGB": true, "cICP": true, "bKGD": true, "hIST": true, "pHYs": true, "acTL": true, "fcTL": true, "fdAT": true,
}

func cleanPNG(src []byte) ([]byte, error) {
	if err := configured(src); err != nil {
		return nil, err
	}
	out := append(make([]byte, 0, len(src)), pngHead...)
	for at := len(pngHead); ; {
		if at+12 > len(src) {
			return nil, damaged("it has no end")
		}
		size := int64(binary.BigEndian.Uint32(src[at:]))
		end := int64(at) + 12 + size
		if end > int64(len(src)) {
			return nil, damaged("a chunk is cut off")
		}
		chunk := src[at:end]
		kind := string(chunk[4:8])
		if crc32.ChecksumIEEE(chunk[4:8+size]) != binary.BigEndian.Uint32(chunk[8+size:]) {
			return nil, damaged("a checksum is wrong")
		}
		if pngKept[kind] {
			out = append(out, chunk...)
		}
		if kind == "IEND" {
			return out, nil
		}
		at = int(end)
	}
}

// cleanGIF leaves out comments, plain text and programs' blocks but the one that repeats an animation (GIF89a, 23 to 26).
func cleanGIF(src []byte) ([]byte, error) {
	if err := configured(src); err != nil {
		return nil, err
	}
	at := 13
	if src[10]&0x80 != 0 {
		at += 3 << (src[10]&7 + 1)
	}
	if at > len(src) {
		return nil, damaged("its colors are cut off")
	}
	out := append(make([]byte, 0, len(src)), src[:at]...)
	for at < len(src) {
		begin := at
		keep := true
		switch src[at] {
		case 0x3b:
			return append(out, 0x3b), nil
		case 0x2c:
			if at+10 > len(src) {
				return nil, damaged("a picture is cut off")
			}
			if src[at+9]&0x80 != 0 {
				at += 3 << (src[at+9]&7 + 1)
			}
			at += 11 // with the size of codes
		case 0x21:
			if at+3 > len(src) {
				return nil, damaged("a block is cut off")
			}
			loop := at+14 <= len(src) && (bytes.Equal(src[at+3:at+14], []byte("NETSCAPE2.0")) || bytes.Equal(src[at+3:at+14], []byte("ANIMEXTS1.0")))
			keep = src[at+1] == 0xf9 || src[at+1] == 0xff && loop
			at += 2
		default:
			return nil, damaged("a block of no kind")
		}
		for {
			if at >= len(src) {
				return nil, damaged("a block has no end")
			}
			n := int(src[at])
			at += 1 + n
			if n == 0 {
				break
			}
		}
		if at > len(src) {
			return nil, damaged("a block is cut off")
		}
		if keep {
			out = append(out, src[begin:at]...)
		}
	}
	return nil, damaged("it has no end")
}

// cleanWebP leaves out the chunks EXIF and XMP of the container (RFC 9649, 2.7), and the flags that announce them.
func cleanWebP(src []byte) ([]byte, error) {
	size := int64(binary.LittleEndian.Uint32(src[4:])) + 8
	if size > int64(len(src)) || size < 12 {
		return nil, damaged("it is cut off")
	}
	out := append(make([]byte, 0, size), src[:12]...)
	pixels := false
	for at := int64(12); at+8 <= size; {
		n := int64(binary.LittleEndian.Uint32(src[at+4:]))
		end := at + 8 + n + n&1
		if at+8+n > size {
			return nil, damaged("a chunk is cut off")
		}
		chunk := bytes.Clone(src[at:min(end, size)])
		at = end
		switch kind := string(chunk[:4]); kind {
		case "VP8X":
			if n < 10 {
				return nil, damaged("a short head")
			}
			chunk[8] &^= 0x0c
			if err := sized(1+int(chunk[12])+int(chunk[13])<<8+int(chunk[14])<<16, 1+int(chunk[15])+int(chunk[16])<<8+int(chunk[17])<<16); err != nil {
				return nil, err
			}
		case "VP8 ":
			pixels = true
			if n < 10 {
				return nil, damaged("a short head")
			}
			if err := sized(int(binary.LittleEndian.Uint16(chunk[14:])&0x3fff), int(binary.LittleEndian.Uint16(chunk[16:])&0x3fff)); err != nil {
				return nil, err
			}
		case "VP8L":
			pixels = true
			if n < 5 {
				return nil, damaged("a short head")
			}
			bits := binary.LittleEndian.Uint32(chunk[9:])
			if err := sized(int(bits&0x3fff)+1, int(bits>>14&0x3fff)+1); err != nil {
				return nil, err
			}
		case "ANMF":
			pixels = true
		case "ALPH", "ANIM", "ICCP":
		default:
			continue
		}
		out = append(out, chunk...)
	}
	if !pixels {
		return nil, damaged("it has no pixels")
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8)) //nolint:gosec // no longer than it was
	return out, nil
}

package picture

import (
	"bytes"
	"encoding/binary"
)

// cleanJPEG keeps the segments that decoding needs, the color profile (APP2 ICC_PROFILE) and Adobe's transform (APP14).
func cleanJPEG(src []byte) ([]byte, error) {
	if err := configured(src); err != nil {
		return nil, err
	}
	out := append(make([]byte, 0, len(src)), 0xff, 0xd8)
	orientation := 1
	at := 2
	for {
		for at < len(src) && src[at] == 0xff && at+1 < len(src) && src[at+1] == 0xff {
			at++ // fill bytes
		}
		if at+4 > len(src) || src[at] != 0xff {
			return nil, damaged("no segment where one is due")
		}
		marker := src[at+1]
		if marker == 0xd9 {
			return nil, damaged("it ends before its pixels")
		}
		size := int(binary.BigEndian.Uint16(src[at+2:]))
		if size < 2 || at+2+size > len(src) {
			return nil, damaged("a segment is cut off")
		}
		segment := src[at : at+2+size]
		data := segment[4:]
		at += 2 + size
		switch {
		case marker == 0xda: // the pixels: to their end, over further scans
			end := scanEnd(src, at)
			if end < 0 {
				return nil, damaged("it has no end")
			}
			out = append(append(out, segment...), src[at:end]...)
			if src[end+1] == 0xd9 {
				out = append(out, 0xff, 0xd9)
				if orientation > 1 {
					return turn(out, orientation)
				}
				return out, nil
			}
			at = end
		case marker == 0xe1:
			if o := exifOrientation(data); o > 1 {
				orientation = o
			}
		case marker == 0xe0 && bytes.HasPrefix(data, []byte("JFIF\x00")) && len(data) >= 14:
			plain := append([]byte{}, segment[:4+14]...)
			binary.BigEndian.PutUint16(plain[2:], 16)
			plain[4+12], plain[4+13] = 0, 0 // no thumbnail
			out = append(out, plain...)
		case marker == 0xe2 && bytes.HasPrefix(data, []byte("ICC_PROFILE\x00")), marker == 0xee && bytes.HasPrefix(data, []byte("Adobe")):
			out = append(out, segment...)
		case marker >= 0xe0 && marker <= 0xef, marker == 0xfe: // programs' data and comments
		default:
			out = append(out, segment...)
		}
	}
}

// scanEnd is where the next segment begins after the pixels at an offset; -1 for none.
func scanEnd(src []byte, at int) int {
	for ; at+1 < len(src); at++ {
		if src[at] == 0xff && src[at+1] != 0 && src[at+1] != 0xff && (src[at+1] < 0xd0 || src[at+1] > 0xd7) {
			return at
		}
	}
	return -1
}

// exif returns the TIFF structure of an APP1 segment, with its byte order; nil for other segments.
func exif(data []byte) (tiff []byte, order binary.ByteOrder) {
	tiff, ok := bytes.CutPrefix(data, []byte("Exif\x00\x00"))
	switch {
	case !ok || len(tiff) < 8:
		return nil, nil
	case string(tiff[:2]) == "II":
		return tiff, binary.LittleEndian
	case string(tiff[:2]) == "MM":
		return tiff, binary.BigEndian
	}
	return nil, nil
}

// exifEntry returns the value of a short or long tag of the first directory; 0 where it is not there.
func exifEntry(data []byte, tag uint16) int {
	tiff, order := exif(data)
	if tiff == nil {
		return 0
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 0
	}
	n := int64(order.Uint16(tiff[at:]))
	for i := range n {
		entry := at + 2 + 12*i
		if entry+12 > int64(len(tiff)) {
			return 0
		}
		if order.Uint16(tiff[entry:]) == tag {
			if order.Uint16(tiff[entry+2:]) == 3 {
				return int(order.Uint16(tiff[entry+8:]))
			}
			return int(order.Uint32(tiff[entry+8:]))
		}
	}
	return 0
}

func exifOrientation(data []byte) int {
	if o := exifEntry(data, 0x0112); o >= 1 && o <= 8 {
		return o
	}
	return 1
}

// TellsPlace reports whether the beginning of a photograph says where it was taken: its Exif data has a GPS directory.
func TellsPlace(head []byte) bool {
	at := 2
	for at+4 <= len(head) && bytes.HasPrefix(head, []byte("\xff\xd8\xff")) && head[at] == 0xff && head[at+1] != 0xda {
		size := int(binary.BigEndian.Uint16(head[at+2:]))
		if size < 2 {
			return false
		}
		end := min(at+2+size, len(head))
		if head[at+1] == 0xe1 && end > at+4 && exifEntry(head[at+4:end], 0x8825) != 0 {
			return true
		}
		at += 2 + size
	}
	return false
}

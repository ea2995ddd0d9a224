package picture

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sample is red on its left half and blue on its right.
func sample() *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, 32, 16))
	for y := range 16 {
		for x := range 32 {
			c := color.RGBA{200, 0, 0, 255}
			if x >= 16 {
				c = color.RGBA{0, 0, 200, 255}
			}
			img.Set(x, y, c)
		}
	}
	return img
}

// exifOf is an APP1 segment with an orientation and a GPS directory.
func exifOf(orientation uint16) []byte {
	var b bytes.Buffer
	b.WriteString("Exif\x00\x00II\x2a\x00\x08\x00\x00\x00\x02\x00")
	for _, v := range []any{uint16(0x0112), uint16(3), uint32(1), orientation, uint16(0), uint16(0x8825), uint16(4), uint32(1), uint32(38), uint32(0)} {
		_ = binary.Write(&b, binary.LittleEndian, v)
	}
	b.WriteString("GPS 40.7128 N 74.0060 W")
	segment := append([]byte{0xff, 0xe1, 0, 0}, b.Bytes()...)
	binary.BigEndian.PutUint16(segment[2:], uint16(len(segment)-2))
	return segment
}

func photo(t testing.TB, orientation uint16) []byte {
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, sample(), nil))
	src := append([]byte{0xff, 0xd8}, exifOf(orientation)...)
	src = append(src, "\xff\xfe\x00\x0dhidden word"...)
	return append(append(src, b.Bytes()[2:]...), "<script>alert(1)</script>"...)
}

func chunk(kind, data string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, kind...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

func drawing(t testing.TB) []byte {
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, sample()))
	src := b.Bytes()
	head := len(pngHead) + 25
	out := append([]byte{}, src[:head]...)
	out = append(out, chunk("tEXt", "Comment\x00hidden word GPS")...)
	out = append(out, chunk("eXIf", "II GPS")...)
	return append(append(out, src[head:]...), "PK\x03\x04 GPS"...)
}

func moving(t testing.TB) []byte {
	p := image.NewPaletted(image.Rect(0, 0, 4, 4), color.Palette{color.Black, color.White})
	var b bytes.Buffer
	require.NoError(t, gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{p, p}, Delay: []int{1, 1}}))
	src := b.Bytes()
	comment := append([]byte("\x21\xfe\x06GPS 40"), 0)
	at := bytes.Index(src, []byte{0x21})
	return append(append(append(append([]byte{}, src[:at]...), comment...), src[at:]...), "GPS"...)
}

func TestCleanLeavesOutPlacesWordsAndWhatFollows(t *testing.T) {
	for name, src := range map[string][]byte{"a.jpg": photo(t, 1), "a.png": drawing(t), "a.gif": moving(t), "a.webp": web()} {
		require.Contains(t, string(src), "GPS", name)
		clean, err := Clean(name, src)
		require.NoError(t, err, name)
		for _, gone := range []string{"GPS", "hidden word", "script", "PK\x03\x04"} {
			assert.NotContains(t, string(clean), gone, name)
		}
		again, err := Clean(name, clean)
		require.NoError(t, err, name)
		assert.Equal(t, clean, again, "what is clean stays as it is")
		if name == "a.webp" {
			continue // Go has no decoder in its library
		}
		before, _, err := image.Decode(bytes.NewReader(src))
		require.NoError(t, err)
		after, _, err := image.Decode(bytes.NewReader(clean))
		require.NoError(t, err)
		assert.Equal(t, before, after, "%s: no pixel changes", name)
	}
	g, err := Clean("a.gif", moving(t))
	require.NoError(t, err)
	all, err := gif.DecodeAll(bytes.NewReader(g))
	require.NoError(t, err)
	assert.Len(t, all.Image, 2, "it still moves")
}

// web is a container with a picture of one pixel's head, and a place.
func web() []byte {
	body := "VP8X\x0a\x00\x00\x00\x0c\x00\x00\x00\x00\x00\x00\x00\x00\x00" + "VP8L\x06\x00\x00\x00\x2f\x00\x00\x00\x00\x00" + "EXIF\x04\x00\x00\x00GPS " + "XMP \x04\x00\x00\x00<x/>"
	b := append([]byte("RIFF"), 0, 0, 0, 0)
	b = append(b, "WEBP"+body...)
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-8))
	return b
}

func TestCleanTurnsPhotographs(t *testing.T) {
	red := func(img image.Image, x, y int) bool { r, _, b, _ := img.At(x, y).RGBA(); return r > b }
	for orientation, want := range map[uint16]struct {
		w, h, x, y int // where it is red
	}{1: {32, 16, 2, 8}, 2: {32, 16, 30, 8}, 3: {32, 16, 30, 8}, 4: {32, 16, 2, 8}, 5: {16, 32, 8, 2}, 6: {16, 32, 8, 2}, 7: {16, 32, 8, 30}, 8: {16, 32, 8, 30}} {
		clean, err := Clean("a.JPG", photo(t, orientation))
		require.NoError(t, err)
		img, err := jpeg.Decode(bytes.NewReader(clean))
		require.NoError(t, err)
		assert.Equal(t, image.Pt(want.w, want.h), img.Bounds().Size(), orientation)
		assert.True(t, red(img, want.x, want.y), "%d", orientation)
		assert.False(t, red(img, want.w-1-want.x, want.h-1-want.y), "%d", orientation)
	}
}

func TestCleanRefuses(t *testing.T) {
	huge := drawing(t)
	binary.BigEndian.PutUint32(huge[16:], 60_000)
	binary.BigEndian.PutUint32(huge[20:], 60_000)
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	for name, src := range map[string][]byte{
		"text.png": []byte("hello"), "page.jpg": []byte("<html>"), "huge.png": huge, "cut.png": drawing(t)[:60], "cut.jpg": photo(t, 1)[:200],
		"other.png": photo(t, 1), "empty.gif": nil, "cut.webp": web()[:30],
	} {
		_, err := Clean(name, src)
		require.ErrorIs(t, err, ErrUnsafe, name)
	}
}

func TestPlaceIsTold(t *testing.T) {
	src := photo(t, 1)
	assert.True(t, TellsPlace(src))
	clean, err := Clean("a.jpg", src)
	require.NoError(t, err)
	assert.False(t, TellsPlace(clean))
	assert.False(t, TellsPlace(drawing(t)))
}

func FuzzClean(f *testing.F) {
	f.Add(photo(f, 1))
	f.Add(photo(f, 6))
	f.Add(drawing(f))
	f.Add(moving(f))
	f.Add(web())
	f.Fuzz(func(t *testing.T, src []byte) {
		TellsPlace(src)
		for _, name := range []string{"a.jpg", "a.png", "a.gif", "a.webp"} {
			clean, err := Clean(name, src)
			if err != nil {
				require.ErrorIs(t, err, ErrUnsafe)
				continue
			}
			if again, err := Clean(name, clean); name != "a.jpg" && (err != nil || !bytes.Equal(clean, again)) {
				t.Errorf("%s: cleaning it again is another: %v", name, err)
			}
			assert.False(t, TellsPlace(clean))
		}
	})
}

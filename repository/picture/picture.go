// Package picture makes photographs and drawings fit to be published: without the place where they were taken, the serial
// number of the camera, a thumbnail of what was cropped, words hidden in them, or bytes after their end.
//
// The pixels of a file stay as they are where that is possible: what else it holds is left out. Only a photograph that says
// it is to be turned is decoded and written again, turned, because what says so goes with the rest.
package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // to read their size
	"image/jpeg"
	_ "image/png"
	"path"
	"strings"
	"sync"
)

const (
	// MaxPixels is the size of the largest picture: more than phones take.
	MaxPixels = 64_000_000
	maxTurned = 50_000_000 // of one that is decoded: 1.5 bytes a pixel, and 4 turned
	quality   = 88
)

// ErrUnsafe says why a file cannot be published as a picture.
var ErrUnsafe = errors.New("not a picture that can be published")

// decoding lets one picture at a time take the memory that decoding takes.
var decoding sync.Mutex

// IsPicture reports whether the name is that of a file that Clean knows.
func IsPicture(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".jpg", ".jpeg", ".png", ".gif", ".webp":
		return true
	}
	return false
}

// Clean returns a picture without what is not its pixels, animation or color profile. The kind is told by its first bytes
// and must be the one of its name. The error is ErrUnsafe for what is no picture, damaged or larger than MaxPixels.
func Clean(name string, src []byte) ([]byte, error) {
	var clean []byte
	var err error
	kind := ""
	switch {
	case bytes.HasPrefix(src, []byte("\xff\xd8\xff")):
		kind = "jpeg"
		clean, err = cleanJPEG(src)
	case bytes.HasPrefix(src, []byte(pngHead)):
		kind = "png"
		clean, err = cleanPNG(src)
	case bytes.HasPrefix(src, []byte("GIF87a")), bytes.HasPrefix(src, []byte("GIF89a")):
		kind = "gif"
		clean, err = cleanGIF(src)
	case len(src) > 12 && string(src[:4]) == "RIFF" && string(src[8:12]) == "WEBP":
		kind = "webp"
		clean, err = cleanWebP(src)
	default:
		return nil, fmt.Errorf("%w: it is not JPEG, PNG, GIF or WebP", ErrUnsafe)
	}
	if err != nil {
		return nil, err
	}
	if ext := strings.ToLower(strings.TrimPrefix(path.Ext(name), ".")); ext != kind && (ext != "jpg" || kind != "jpeg") {
		return nil, fmt.Errorf("%w: it is called .%s, and is %s", ErrUnsafe, ext, strings.ToUpper(kind))
	}
	return clean, nil
}

func damaged(what string) error { return fmt.Errorf("%w: it is damaged (%s)", ErrUnsafe, what) }

// sized refuses what has too many pixels.
func sized(w, h int) error {
	if w < 1 || h < 1 || w > 1<<16 || h > 1<<16 || w*h > MaxPixels {
		return fmt.Errorf("%w: it has %d × %d pixels; make it smaller", ErrUnsafe, w, h)
	}
	return nil
}

func configured(src []byte) error {
	c, _, err := image.DecodeConfig(bytes.NewReader(src))
	if err != nil {
		return damaged(err.Error())
	}
	return sized(c.Width, c.Height)
}

// turn writes a photograph again as it is to be seen, by the orientation of Exif 2.3, 4.6.4 A: 2 to 8.
func turn(src []byte, orientation int) ([]byte, error) {
	c, err := jpeg.DecodeConfig(bytes.NewReader(src))
	if err != nil {
		return nil, damaged(err.Error())
	}
	if c.Width*c.Height > maxTurned {
		return nil, fmt.Errorf("%w: it has %d × %d pixels and must be turned; make it smaller", ErrUnsafe, c.Width, c.Height)
	}
	decoding.Lock()
	defer decoding.Unlock()
	img, err := jpeg.Decode(bytes.NewReader(src))
	if err != nil {
		return nil, damaged(err.Error())
	}
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	at := map[int]func(x, y int) (int, int){
		2: func(x, y int) (int, int) { return w - 1 - x, y },
		3: func(x, y int) (int, int) { return w - 1 - x, h - 1 - y },
		4: func(x, y int) (int, int) { return x, h - 1 - y },
		5: func(x, y int) (int, int) { return y, x },
		6: func(x, y int) (int, int) { return y, h - 1 - x },
		7: func(x, y int) (int, int) { return w - 1 - y, h - 1 - x },
		8: func(x, y int) (int, int) { return w - 1 - y, x },
	}[orientation]
	if at == nil {
		return src, nil
	}
	tw, th := w, h
	if orientation >= 5 {
		tw, th = h, w
	}
	turned := image.NewRGBA(image.Rect(0, 0, tw, th))
	for y := range th {
		for x := range tw {
			sx, sy := at(x, y)
			turned.Set(x, y, img.At(img.Bounds().Min.X+sx, img.Bounds().Min.Y+sy))
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, turned, &jpeg.Options{Quality: quality}); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

package web

import (
	"html/template"
	"strconv"

	"github.com/valyala/fasthttp"

	"github.com/commonplace-oer/commonplace/themes"
)

// sheetSize is how many compressed bytes of text a page of a print has: with what stands around it, it then arrives in the
// first round trip of a slow line (ten segments, RFC 6928).
const sheetSize = 7500

// sheets leaves of a print that is longer what is on the asked sheet, and says where the others are. One text is never
// divided.
func sheets(v *themes.Print, address, asked string) {
	sheet, filled := 1, packedSize(v.Body)
	place := func(text template.HTML) int {
		n := packedSize(text)
		if filled > 0 && filled+n > sheetSize {
			sheet, filled = sheet+1, 0
		}
		filled += n
		return sheet
	}
	chapters, keys := make([]int, len(v.Chapters)), make([]int, len(v.Keys))
	for i, ch := range v.Chapters {
		if ch.Body != "" {
			chapters[i] = place(ch.Body)
		}
	}
	for i, k := range v.Keys {
		keys[i] = place(k.Text)
	}
	if sheet == 1 {
		return
	}
	here := max(1, min(sheet, positive(asked, 1)))
	at := func(n int) string { return address + "&sheet=" + strconv.Itoa(n) }
	v.Whole = address + "&sheet=all"
	for n := 1; n <= sheet; n++ {
		v.Sheets = append(v.Sheets, themes.Count{Count: n, URL: at(n), Selected: n == here})
	}
	if v.First = here == 1; !v.First {
		v.Body = ""
	}
	for i, n := range chapters {
		if n > 0 && n != here {
			v.Chapters[i].Body, v.Chapters[i].At = "", at(n)
		}
	}
	var shown []themes.Key
	for i, n := range keys {
		if n == here {
			shown = append(shown, v.Keys[i])
		}
	}
	if len(keys) > 0 && keys[0] != here {
		v.KeyAt = at(keys[0])
	}
	v.Keys = shown
}

// packedSize is about how many bytes a text takes on the wire, rather more than fewer: the fast levels do.
func packedSize(text template.HTML) int {
	if text == "" {
		return 0
	}
	return len(fasthttp.AppendBrotliBytesLevel(nil, []byte(text), 2))
}

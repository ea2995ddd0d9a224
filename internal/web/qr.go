package web

import (
	"strconv"
	"strings"

	"rsc.io/qr"

	"github.com/commonplace-oer/commonplace/themes"
)

// qrQuiet is the width of the empty border around a QR code, in modules (ISO/IEC 18004, 9.1: four).
const qrQuiet = 4

// qrCode draws a QR code as one path of horizontal strokes. Level M survives a fold or a coffee stain: 15 % of the code.
func qrCode(text string) (themes.QR, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return themes.QR{}, err
	}
	var b strings.Builder
	for y := range code.Size {
		at := 0 // where the pen is in the row
		for x := 0; x < code.Size; x++ {
			if !code.Black(x, y) {
				continue
			}
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if at == 0 {
				b.WriteString("M" + strconv.Itoa(from+qrQuiet) + " " + strconv.Itoa(y+qrQuiet) + ".5")
			} else {
				b.WriteString("m" + strconv.Itoa(from-at) + " 0")
			}
			b.WriteString("h" + strconv.Itoa(x-from))
			at = x
		}
	}
	return themes.QR{Text: text, Size: code.Size + 2*qrQuiet, Path: b.String()}, nil
}

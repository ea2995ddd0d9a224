package render

// CheckSVG reports why an SVG drawing may not be shown as an image.
func CheckSVG(src []byte) error { return nil }

package themes

// Looks are what a reader may choose, the one that nobody needs to choose first. A look is light and dark as the system
// is, or one of them always; every look grows in contrast where the system asks for more.
var Looks = [...]string{"system", "light", "dark", "contrast"}

// palette is a set of values for all tokens: what is on the screen at one time.
type palette string

// The palettes that a theme has.
const (
	light        palette = "light"
	dark         palette = "dark"
	contrast     palette = "high contrast"
	contrastDark palette = "high contrast, dark"
)

var palettes = [...]palette{light, dark, contrast, contrastDark}

// conditions are the media queries around a palette's tokens, without spaces.
var conditions = map[string]palette{
	"":                            light,
	"(prefers-color-scheme:dark)": dark,
	"(prefers-contrast:more)":     contrast,
	"(prefers-contrast:more)and(prefers-color-scheme:dark)": contrastDark,
	"(prefers-color-scheme:dark)and(prefers-contrast:more)": contrastDark,
}

// below is the palette from which one takes what no theme says for it.
var below = map[palette]palette{dark: light, contrast: light, contrastDark: dark}

// colorScheme is what a look tells browsers of scroll bars and fields.
func colorScheme(look string) string {
	switch look {
	case "light", "dark":
		return look
	}
	return "light dark"
}

// Package themes turns plain view data into the pages people see: templates, styles and translations, embedded in the
// binary.
//
// A theme is a folder. The default one holds everything:
//
//	layout.html              the frame of every page
//	pages/*.html             one file a page; each defines "title" and "main"
//	partials/*.html          pieces that pages share
//	tokens.css, style.css    colors and type as custom properties; the rules that every page uses
//	styles/*.css             rules that some pages use: a page names them in its template "styles"
//	logo.svg                 shown beside the site's name, and as the favicon
//	messages/en.json, …      every word of the interface, one file a language
//	theme.toml               name, parent and languages
//
// A district's theme names only what it changes: a folder with the same names, laid over its parent, which theme.toml
// names, or the default. Style rules and messages are merged; a template or a logo replaces the one below it.
//
// OpenSet reads and checks a whole theme at once: a template that does not parse, a message that a template asks for and a
// language does not have, or text that cannot be read on its ground is a Problem with file and line then, and not on a
// reader's screen. Check renders every page besides. An open Theme never changes and may be used by any number of
// goroutines; a Set gives each host its theme, and follows the folder that they come from.
//
// The package knows nothing of resources or licenses: views (view_*.go) are strings and numbers, and the templates own the words
// around them. Styles are inlined, so that a page is one request, and cut down to the rules that the page can use; Page
// returns what the Content-Security-Policy names.
package themes

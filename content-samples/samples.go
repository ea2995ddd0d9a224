// Package samples carries the sample lessons and the small frameworks they are aligned to, so that the program can show
// itself without any other file. README.md beside this file says where each of them comes from.
package samples

import (
	"embed"
	"io/fs"
)

//go:embed state-math state-science state-ela state-pd maria-santos district-cs
var content embed.FS

//go:embed frameworks/*.json
var frameworks embed.FS

// Content returns the sample resources: a folder for each owner, and in it a folder for each resource, laid out as it is
// published. In their front matter, ids under sources and translation_of are addresses such as
// state-math/sharing-fairly, which whoever publishes them replaces by the identifiers the resources have got.
func Content() fs.FS { return content }

// Frameworks returns the sample frameworks: CASE 1.0 packages, each file named after the short name to import it under,
// such as ccss-math.json.
func Frameworks() fs.FS {
	sub, err := fs.Sub(frameworks, "frameworks")
	if err != nil {
		panic(err) // the name is a constant and a valid path
	}
	return sub
}

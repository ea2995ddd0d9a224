package main

import (
	"fmt"
	"runtime/debug"
)

// sbom is a bill of materials in the form of CycloneDX 1.5: what the Go linker wrote into this binary.
type sbom struct {
	Format     string      `json:"bomFormat"`
	Spec       string      `json:"specVersion"`
	Version    int         `json:"version"`
	Metadata   sbomAbout   `json:"metadata"`
	Components []component `json:"components"`
}

type sbomAbout struct {
	Component component `json:"component"`
}

type component struct {
	Type    string `json:"type"`
	Ref     string `json:"bom-ref"`
	Name    string `json:"name"`
	Version string `json:"version"`
	PURL    string `json:"purl,omitempty"`
}

// newSBOM lists the modules of a build and the Go that built it.
func newSBOM(info *debug.BuildInfo, release string) sbom {
	s := sbom{Format: "CycloneDX", Spec: "1.5", Version: 1, Metadata: sbomAbout{component{"application", info.Main.Path, info.Main.Path, release, ""}}}
	s.Components = append(s.Components, module("stdlib", info.GoVersion))
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		s.Components = append(s.Components, module(m.Path, m.Version))
	}
	return s
}

func module(path, version string) component {
	purl := fmt.Sprintf("pkg:golang/%s@%s", path, version)
	return component{"library", purl, path, version, purl}
}

package main

import (
	"errors"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// release is the version of the source.
const release = "0.1.0"

// version is the release and, where the build knows it, the revision of the source.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" && len(setting.Value) >= 12 {
				return release + "+" + setting.Value[:12]
			}
		}
	}
	return release
}

func newVersion(s *session) *cobra.Command {
	var bill bool
	c := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if bill {
				info, ok := debug.ReadBuildInfo()
				if !ok {
					return errors.New("this binary was built without the list of its modules")
				}
				return s.printJSON(newSBOM(info, version()))
			}
			if s.json {
				return s.printJSON(map[string]string{"version": version()})
			}
			s.printf("commonplace %s\n", version())
			return nil
		},
	}
	c.Flags().BoolVar(&bill, "sbom", false, "print the bill of materials of this binary, CycloneDX JSON")
	return c
}

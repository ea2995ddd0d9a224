package main

import (
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
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if s.json {
				return s.printJSON(map[string]string{"version": version()})
			}
			s.printf("commonplace %s\n", version())
			return nil
		},
	}
}

package main

import (
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/app"
)

func newDemo(s *session) *cobra.Command {
	var stateAddress, districtAddress string
	c := &cobra.Command{
		Use:   "demo",
		Short: "Run a state repository with sample lessons and a district that harvests it",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			if s.app != nil {
				return app.ErrLocked
			}
			d := app.Demo{Version: version(), Out: s.out, Logger: s.logger(), Control: func(a *app.App) app.Control { return control(a, s.environ) }}
			if d.State, err = listen(stateAddress); err != nil {
				return err
			}
			defer d.State.Close()
			if d.District, err = listen(districtAddress); err != nil {
				return err
			}
			defer d.District.Close()
			if c.Flags().Changed("data") {
				d.Dir, err = filepath.Abs(s.config.Data)
			} else {
				var remove func() error
				d.Dir, remove, err = app.FreshFolder()
				defer func() { err = errors.Join(err, remove()) }()
			}
			if err != nil {
				return err
			}
			bar := s.progress("starting", 0)
			d.Progress = func(_ string, done, total int) { bar.set(done, total) }
			return d.Run(c.Context())
		},
	}
	c.Flags().StringVar(&stateAddress, "listen", "127.0.0.1:8080", "address of the state repository")
	c.Flags().StringVar(&districtAddress, "peer-listen", "127.0.0.1:8081", "address of the district")
	return c
}

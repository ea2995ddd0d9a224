package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/commonplace-oer/commonplace/internal/app"
	"github.com/commonplace-oer/commonplace/internal/config"
)

func newServe(s *session) *cobra.Command {
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run one server",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if s.app != nil {
				return fmt.Errorf("%s: %w", s.config.Data, app.ErrLocked)
			}
			return s.serve(c.Context())
		},
	}
	d := config.Default()
	f := c.Flags()
	f.String("listen", d.Listen, "address to listen on, host:port")
	f.String("base-url", "", "how the world reaches the server (default: http:// and the address)")
	f.String("theme", d.Theme, "look of the pages")
	f.String("themes", "", "folder of themes of your own; what is changed there is shown within 2 seconds")
	f.StringToString("theme-hosts", nil, "themes by host name, such as district.example=maplewood, where one server is reached by several")
	f.String("name", d.Name, "what pages and harvesters call the repository")
	f.String("repository-identifier", "", "domain name in the identifiers of your resources; kept once given")
	f.String("admin-email", d.Email, "address that harvesters are told")
	f.String("role", "", "search: answer the API's searches alone, harvest nobody")
	f.String("harvest-interval", d.Harvest, "time between two harvests of a peer; 0: only when asked")
	f.StringSlice("allow-peers", nil, "hosts of private networks that may be harvested, host or host:port")
	f.Bool("oai-aggregate", d.Aggregate, "pass on harvested records to harvesters")
	f.String("log-format", d.LogFormat, "how log lines are written: text or json")
	f.String("metrics-listen", "", "address of metrics and profiles, host:port (default: metrics at /metrics, for administrators)")
	f.String("drain-delay", d.DrainDelay, "time between /readyz saying no and the last connection taken, for balancers to notice")
	f.Int("connections", d.Connections, "connections open at once; 0: three quarters of the files that the process may open")
	f.Int("connections-per-address", d.ConnectionsOfOne, "of them, those of one client that is no proxy of this machine or network; 0: any number")
	f.Int("requests-at-once", d.AtOnce, "requests that are worked on at once; others wait for a second, then are turned away; 0: 16 for each processor")
	f.Int("search-rate", d.SearchRate, "searches and API calls a minute of an address that does not say who it is; 0: any number")
	f.Int("owner-resources", d.OwnerResources, "resources that one person or team may publish; 0: any number")
	f.Int("owner-megabytes", d.OwnerMegabytes, "megabytes of storage after which a person or team publishes nothing more; 0: any number")
	f.Int("oai-page-size", d.PageSize, "records in one answer to a harvester")
	return c
}

func (s *session) serve(ctx context.Context) (err error) {
	l, err := listen(s.config.Listen)
	if err != nil {
		return err
	}
	defer l.Close()
	s.config.Listen = l.Addr().String()
	if s.config.BaseURL == "" {
		s.config.BaseURL = ownAddress(l.Addr())
	}
	a, err := app.Open(ctx, s.config, app.Options{Logger: s.logger(), Version: version(), Background: true})
	if errors.Is(err, app.ErrLocked) {
		return fmt.Errorf("%w; stop that server, or give this one a --data folder of its own", err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close(ctx)) }()
	server, err := a.NewServer(version(), control(a, s.environ))
	if err != nil {
		return err
	}
	s.printf("%s is at %s (listening on %s)\n", a.Config.Name, a.Config.BaseURL, l.Addr())
	return server.Serve(ctx, l)
}

// ownAddress is how this machine reaches a server that listens on the address.
func ownAddress(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return "http://" + net.JoinHostPort("localhost", port)
	}
	return "http://" + a.String()
}

// listen takes the address, and says what to do if it is taken.
func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("another program listens on %s; stop it, or choose another address, such as --listen 127.0.0.1:0 for any free port", address)
	}
	if err != nil {
		return nil, usagef("listen on %q: %w; use host:port, such as 127.0.0.1:8080", address, err)
	}
	return l, nil
}

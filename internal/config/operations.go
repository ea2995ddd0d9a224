package config

import (
	"fmt"
	"net"
	"time"
)

// longestDelay is more than balancers take to notice that a server is not ready.
const longestDelay = 10 * time.Minute

// Delay is the time between saying that the server is not ready and taking no more connections.
func (c *Config) Delay() (time.Duration, error) {
	if c.DrainDelay == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(c.DrainDelay)
	if err != nil || d < 0 || d > longestDelay {
		return 0, fmt.Errorf("drain-delay %q: use a time such as 10s, at most %s", c.DrainDelay, longestDelay)
	}
	return d, nil
}

// checkOperations is Check for what operators watch.
func (c *Config) checkOperations() error {
	if c.LogFormat != "text" && c.LogFormat != "json" {
		return fmt.Errorf("log-format %q: use text or json", c.LogFormat)
	}
	if c.MetricsListen != "" {
		if _, _, err := net.SplitHostPort(c.MetricsListen); err != nil {
			return fmt.Errorf("metrics-listen %q: use host:port, such as 127.0.0.1:9090", c.MetricsListen)
		}
	}
	for name, n := range map[string]int{
		"connections": c.Connections, "connections-per-address": c.ConnectionsOfOne, "search-rate": c.SearchRate, "requests-at-once": c.AtOnce,
		"owner-resources": c.OwnerResources, "owner-megabytes": c.OwnerMegabytes,
	} {
		if n < 0 {
			return fmt.Errorf("%s %d: use a number from 1, or 0 for none", name, n)
		}
	}
	_, err := c.Delay()
	return err
}

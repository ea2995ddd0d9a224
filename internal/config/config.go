// Package config holds the settings of a server. A TOML file, variables of the environment and flags of the command line
// mean the same settings; what comes later in that list wins.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/caarlos0/env/v11"
)

// Config is the settings of one server. The environment's variables begin with COMMONPLACE_.
type Config struct {
	Data       string   `toml:"data"                  env:"DATA"`                         // folder of everything that is not elsewhere
	Listen     string   `toml:"listen"                env:"LISTEN"`                       // host:port
	BaseURL    string   `toml:"base-url"              env:"BASE_URL"`                     // how the world reaches the server; empty: by Listen
	Bucket     string   `toml:"bucket"                env:"BUCKET"`                       // file://… or s3://…; empty: in Data
	Database   string   `toml:"database"              env:"DATABASE"`                     // sqlite://…; empty: in Data
	Theme      string   `toml:"theme"                 env:"THEME"`                        // name of a theme that comes with the program or of a folder in Themes
	Themes     string   `toml:"themes"                env:"THEMES"`                       // folder of themes of the operator's own
	Name       string   `toml:"name"                  env:"NAME"`                         // what pages and harvesters call the repository
	Identifier string   `toml:"repository-identifier" env:"REPOSITORY_IDENTIFIER"`        // domain name: the middle of oai:…:uuid; kept once given
	Email      string   `toml:"admin-email"           env:"ADMIN_EMAIL"`                  // told to harvesters
	Notice     string   `toml:"sign-in-notice"        env:"SIGN_IN_NOTICE"`               // shown on the sign-in page
	AllowPeers []string `toml:"allow-peers"           env:"ALLOW_PEERS" envSeparator:","` // host or host:port of peers in private networks
	PageSize   int      `toml:"oai-page-size"         env:"OAI_PAGE_SIZE"`                // records in one answer to a harvester
	Aggregate  bool     `toml:"oai-aggregate"         env:"OAI_AGGREGATE"`                // harvested records are passed on to harvesters
	Harvest    string   `toml:"harvest-interval"      env:"HARVEST_INTERVAL"`             // between harvests of a peer, such as 1h; 0: only when asked

	LogFormat     string `toml:"log-format"     env:"LOG_FORMAT"`     // text or json
	MetricsListen string `toml:"metrics-listen" env:"METRICS_LISTEN"` // host:port of metrics and profiles; empty: metrics at /metrics, for administrators
	DrainDelay    string `toml:"drain-delay"    env:"DRAIN_DELAY"`    // between saying that the server is not ready and taking no more connections

	Connections      int `toml:"connections"             env:"CONNECTIONS"`             // open at once; 0: three quarters of the files that the process may open
	ConnectionsOfOne int `toml:"connections-per-address" env:"CONNECTIONS_PER_ADDRESS"` // of one client that is no proxy; 0: any number
	SearchRate       int `toml:"search-rate"             env:"SEARCH_RATE"`             // searches and API calls a minute of an address that does not say who it is; 0: any number

	AtOnce int `toml:"requests-at-once" env:"REQUESTS_AT_ONCE"` // that are worked on; 0: 16 for each processor

	OwnerResources int `toml:"owner-resources" env:"OWNER_RESOURCES"` // that a namespace may hold; 0: any number
	OwnerMegabytes int `toml:"owner-megabytes" env:"OWNER_MEGABYTES"` // of the bucket (millions of bytes) that its histories may take; 0: any number

	// Role is what the server answers: everything, or, where it is SearchRole, the API's searches alone.
	Role string `toml:"role" env:"ROLE"`

	// Snapshot is the time between two copies of the search index in the bucket, from which new nodes start, such as 1h; 0
	// for none. Only nodes that share a database make them.
	Snapshot string `toml:"index-snapshot-interval" env:"INDEX_SNAPSHOT_INTERVAL"`

	// ReviewNew has the first publication of every account made from now on wait for a moderator.
	ReviewNew bool `toml:"review-new-accounts" env:"REVIEW_NEW_ACCOUNTS"`

	// Mail is the server that notices are sent by, such as smtps://user@mail.example.org:465 or smtp://user@mail.example.org:587
	// with STARTTLS; empty: there are none.
	Mail         string `toml:"mail-server"        env:"MAIL_SERVER"`
	MailPassword string `toml:"mail-password-file" env:"MAIL_PASSWORD_FILE"` // where its user's password is
	MailFrom     string `toml:"mail-from"          env:"MAIL_FROM"`          // what they come from; empty: Name and Email

	// OIDC are providers whose people may sign in, such as a district's single sign-on. COMMONPLACE_OIDC_0_ISSUER is the
	// first one's issuer.
	OIDC []OIDC `toml:"oidc" envPrefix:"OIDC_"`

	// ThemeHosts are themes by host name, without a port, where one server is reached by several: a state's and its districts'.
	ThemeHosts map[string]string `toml:"theme-hosts" env:"THEME_HOSTS" envSeparator:"," envKeyValSeparator:"="`
}

// OIDC is one OpenID Connect provider.
type OIDC struct {
	Name         string            `toml:"name"          env:"NAME"`                                          // in addresses
	Title        string            `toml:"title"         env:"TITLE"`                                         // on the sign-in page
	Issuer       string            `toml:"issuer"        env:"ISSUER"`                                        // its address, as its discovery document says it
	ClientID     string            `toml:"client-id"     env:"CLIENT_ID"`                                     // of this server there
	ClientSecret string            `toml:"client-secret" env:"CLIENT_SECRET"`                                 // empty: a public client
	SecretFile   string            `toml:"client-secret-file" env:"CLIENT_SECRET_FILE"`                       // where the secret is, in the place of client-secret
	Scopes       []string          `toml:"scopes"        env:"SCOPES" envSeparator:","`                       // beside openid; empty: profile
	GroupsClaim  string            `toml:"groups-claim"  env:"GROUPS_CLAIM"`                                  // which claim lists groups
	Require      string            `toml:"require"       env:"REQUIRE"`                                       // claim=value without which nobody is let in
	NewAccounts  bool              `toml:"new-accounts"  env:"NEW_ACCOUNTS"`                                  // who has no account yet gets one
	Teams        map[string]string `toml:"teams"         env:"TEAMS" envSeparator:"," envKeyValSeparator:"="` // group = team or team:role
}

// SearchRole is that of a node which only searches.
const SearchRole = "search"

// Default is the settings where nothing else is said.
func Default() Config {
	return Config{
		Data: "commonplace-data", Listen: "127.0.0.1:8080", Theme: "default", Name: "Commonplace",
		Email: "admin@localhost.localdomain", PageSize: 100, Aggregate: true, Harvest: "1h", Snapshot: "1h",
		LogFormat: "text", DrainDelay: "0s", ConnectionsOfOne: 1000, SearchRate: 1200,
	}
}

// Load reads the file, if one is named, and the environment over the defaults. A setting that does not exist is an error.
func Load(file string, environ []string) (Config, error) {
	c := Default()
	if file != "" {
		meta, err := toml.DecodeFile(file, &c)
		if errors.Is(err, fs.ErrNotExist) {
			return c, fmt.Errorf("settings file %s does not exist", file)
		}
		if err != nil {
			return c, fmt.Errorf("settings file %s: %w", file, err)
		}
		if unknown := meta.Undecoded(); len(unknown) > 0 {
			return c, fmt.Errorf("settings file %s: there is no setting %q", file, unknown[0].String())
		}
	}
	err := env.ParseWithOptions(&c, env.Options{Prefix: "COMMONPLACE_", Environment: env.ToMap(environ)})
	if err != nil {
		return c, fmt.Errorf("environment: %w", err)
	}
	return c, nil
}

// Check says what is wrong with the settings and fills in what follows from others.
func (c *Config) Check() error {
	if c.Data == "" {
		return errors.New("data: name a folder")
	}
	data, err := filepath.Abs(c.Data)
	if err != nil {
		return fmt.Errorf("data: %w", err)
	}
	c.Data = data
	if c.Bucket == "" {
		c.Bucket = (&url.URL{Scheme: "file", Path: filepath.Join(data, "bucket")}).String()
	}
	if c.Database == "" {
		c.Database = "sqlite://" + filepath.Join(data, "catalog.db")
	}
	if c.BaseURL != "" {
		u, err := url.Parse(c.BaseURL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
			return fmt.Errorf("base-url %q: use an address such as https://oer.example.org", c.BaseURL)
		}
		c.BaseURL = strings.TrimSuffix(c.BaseURL, "/")
	}
	if c.PageSize < 1 || c.PageSize > 1000 {
		return fmt.Errorf("oai-page-size %d: use 1 to 1000", c.PageSize)
	}
	if !strings.Contains(c.Email, "@") {
		return fmt.Errorf("admin-email %q: use an address that harvesters can write to", c.Email)
	}
	if _, err := c.Interval(); err != nil {
		return err
	}
	if c.Role != "" && c.Role != SearchRole {
		return fmt.Errorf("role %q: use %s, or leave it out", c.Role, SearchRole)
	}
	if _, err := c.SnapshotInterval(); err != nil {
		return err
	}
	return c.checkOperations()
}

// Interval is the time between two harvests of a peer; 0 means only when asked.
func (c *Config) Interval() (time.Duration, error) {
	if c.Harvest == "" || c.Harvest == "0" {
		return 0, nil
	}
	d, err := time.ParseDuration(c.Harvest)
	if err != nil || d < 0 || d > 0 && d < time.Second {
		return 0, fmt.Errorf("harvest-interval %q: use a time such as 15m or 6h, or 0", c.Harvest)
	}
	return d, nil
}

// SnapshotInterval is the time between two copies of the search index in the bucket; 0 means none.
func (c *Config) SnapshotInterval() (time.Duration, error) {
	if c.Snapshot == "" || c.Snapshot == "0" {
		return 0, nil
	}
	d, err := time.ParseDuration(c.Snapshot)
	if err != nil || d < time.Second {
		return 0, fmt.Errorf("index-snapshot-interval %q: use a time such as 15m or 6h, or 0", c.Snapshot)
	}
	return d, nil
}

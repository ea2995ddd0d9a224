package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheEnvironmentWinsOverTheFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "settings.toml")
	require.NoError(t, os.WriteFile(file, []byte("name = \"State\"\noai-page-size = 7\nallow-peers = [\"a:1\"]\n"), 0o600))
	c, err := Load(file, []string{"COMMONPLACE_NAME=District", "COMMONPLACE_ALLOW_PEERS=b:2,c:3", "NAME=other"})
	require.NoError(t, err)
	require.NoError(t, c.Check())
	assert.Equal(t, "District", c.Name)
	assert.Equal(t, 7, c.PageSize)
	assert.Equal(t, []string{"b:2", "c:3"}, c.AllowPeers)
	assert.Equal(t, "127.0.0.1:8080", c.Listen)
}

func TestUnknownSettingsAreRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "settings.toml")
	require.NoError(t, os.WriteFile(file, []byte("nmae = \"State\"\n"), 0o600))
	_, err := Load(file, nil)
	require.ErrorContains(t, err, `there is no setting "nmae"`)
	_, err = Load(file+".missing", nil)
	require.ErrorContains(t, err, "does not exist")
}

func TestCheckNamesTheSetting(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"base-url":         func(c *Config) { c.BaseURL = "oer.example.org" },
		"oai-page-size":    func(c *Config) { c.PageSize = 0 },
		"admin-email":      func(c *Config) { c.Email = "nobody" },
		"harvest-interval": func(c *Config) { c.Harvest = "hourly" },
		"log-format":       func(c *Config) { c.LogFormat = "xml" },
		"metrics-listen":   func(c *Config) { c.MetricsListen = "9090" },
		"drain-delay":      func(c *Config) { c.DrainDelay = "soon" },
		"data":             func(c *Config) { c.Data = "" },
	} {
		c := Default()
		change(&c)
		assert.ErrorContains(t, c.Check(), name)
	}
	c := Default()
	c.BaseURL = "https://oer.example.org/"
	require.NoError(t, c.Check())
	assert.Equal(t, "https://oer.example.org", c.BaseURL)
}

func TestThemesByHostAreReadFromTheFileAndTheEnvironment(t *testing.T) {
	file := filepath.Join(t.TempDir(), "settings.toml")
	require.NoError(t, os.WriteFile(file, []byte("theme-hosts = {\"a.example\" = \"maplewood\"}\n"), 0o600))
	c, err := Load(file, nil)
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"a.example": "maplewood"}, c.ThemeHosts)
	c, err = Load("", []string{"COMMONPLACE_THEME_HOSTS=b.example=lakeside,c.example=valley"})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"b.example": "lakeside", "c.example": "valley"}, c.ThemeHosts)
}

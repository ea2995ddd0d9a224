package app

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/internal/fetch"
)

// Bounds of what a provider of sign-ins answers.
const (
	maxProviderAnswer = 1 << 20
	providerTime      = 15 * time.Second
)

// elsewhere are the providers of the settings; nil where there are none. They are asked by a client of their own, which may go
// to their hosts wherever those are, because the operator named them.
func (a *App) elsewhere() (*accounts.Elsewhere, error) {
	if len(a.Config.OIDC) == 0 {
		return nil, nil
	}
	var list []accounts.Provider
	hosts := a.Config.AllowPeers
	for _, c := range a.Config.OIDC {
		p, err := provider(c)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
		hosts = append(hosts[:len(hosts):len(hosts)], p.Host())
	}
	client := fetch.New(fetch.Options{
		Allow: hosts, UserAgent: "Commonplace (+" + a.Config.BaseURL + ")", Bytes: maxProviderAnswer, Timeout: providerTime,
	})
	return accounts.NewElsewhere(list, client, a.Config.BaseURL, a.now)
}

func provider(c config.OIDC) (accounts.Provider, error) {
	p := accounts.Provider{
		Name: c.Name, Title: c.Title, Issuer: c.Issuer, ClientID: c.ClientID, ClientSecret: c.ClientSecret, Scopes: c.Scopes,
		GroupsClaim: c.GroupsClaim, Require: c.Require, NewAccounts: c.NewAccounts, Teams: c.Teams,
	}
	if p.Title == "" {
		p.Title = p.Name
	}
	if c.SecretFile != "" {
		b, err := os.ReadFile(c.SecretFile)
		if err != nil {
			return p, fmt.Errorf("oidc %s: client-secret-file: %w", c.Name, err)
		}
		p.ClientSecret = strings.TrimSpace(string(b))
	}
	return p, nil
}

package fetch

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
)

// refused are the networks that nothing outside should make a server talk to, by the IANA special-purpose registries.
// Private and link-local networks, where clouds serve their metadata, are refused by netip's own tests as well.
var refused = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"::/128", "::1/128", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16",
	"3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
)

func prefixes(all ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(all))
	for i, s := range all {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// AddressError says that an address is not one that this server connects to for others.
type AddressError struct {
	Host    string     // as it was asked for, with its port; empty where not known
	Address netip.Addr // what it turned out to be
}

// Error names the address and the remedy.
func (e *AddressError) Error() string {
	if e.Host == "" || strings.HasPrefix(e.Host, e.Address.String()+":") {
		return fmt.Sprintf("%s is a private or reserved address; an operator can allow it with the setting allow-peers", e.Address)
	}
	return fmt.Sprintf("%s leads to %s, a private or reserved address; an operator can allow it with the setting allow-peers", e.Host, e.Address)
}

// public reports whether an address may be connected to without being allowed.
func public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsValid() || !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	for _, p := range refused {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// guard is a net.Dialer.Control: it sees the address that the connection is really made to, after names were resolved and
// redirects followed, so a name that changes its address between two looks gains nothing.
func guard(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("address %s: %w", address, err)
	}
	if !public(ap.Addr()) {
		return &AddressError{Address: ap.Addr()}
	}
	return nil
}

// allowed reports whether the operator allowed a host: by its name or address alone, for every port, or with its port.
func allowed(list []string, hostport string) bool {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return false
	}
	host = strings.Trim(strings.TrimSuffix(strings.ToLower(host), "."), "[]")
	for _, a := range list {
		a = strings.ToLower(strings.TrimSpace(a))
		if h, p, err := net.SplitHostPort(a); err == nil {
			if h == host && p == port {
				return true
			}
		} else if strings.Trim(a, "[]") == host {
			return true
		}
	}
	return false
}

package web

import (
	"net"
	"net/netip"
	"sync"
	"syscall"

	"github.com/commonplace-oer/commonplace/internal/metrics"
)

// mostConnections is how many connections a server keeps open where the system allows so many files.
const mostConnections = 50_000

// openFiles is how many files this process may have open; Go raises it to what the system allows.
func openFiles() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 1024
	}
	return int(min(limit.Cur, 1<<20)) //nolint:gosec // bounded
}

// room bounds how many connections are open: in all, and of one client. The table has no more entries than there are
// connections, and none for a client that has gone.
type room struct {
	most, mostOfOne int // 0: no bound
	metrics         *metrics.Metrics

	mu   sync.Mutex
	all  int
	ofIP map[netip.Prefix]int
}

// enter counts a connection until leave is called. Connections from loopback and private addresses are a proxy's, and have no
// bound of their own.
func (r *room) enter(from net.Addr) (leave func(), ok bool) {
	network, bounded := networkOf(from)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.most > 0 && r.all >= r.most {
		r.metrics.Refused(metrics.TooMany)
		return nil, false
	}
	if bounded && r.mostOfOne > 0 && r.ofIP[network] >= r.mostOfOne {
		r.metrics.Refused(metrics.TooManyOfOne)
		return nil, false
	}
	r.all++
	if bounded {
		if r.ofIP == nil {
			r.ofIP = map[netip.Prefix]int{}
		}
		r.ofIP[network]++
	}
	return sync.OnceFunc(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.all--
		if !bounded {
			return
		}
		if r.ofIP[network]--; r.ofIP[network] == 0 {
			delete(r.ofIP, network)
		}
	}), true
}

// open is how many connections there are.
func (r *room) open() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all
}

// networkOf is the network of one client: an IPv4 address, or the /64 of an IPv6 address.
func networkOf(from net.Addr) (network netip.Prefix, bounded bool) {
	tcp, ok := from.(*net.TCPAddr)
	if !ok {
		return netip.Prefix{}, false
	}
	at := tcp.AddrPort().Addr().Unmap().WithZone("")
	if !at.IsValid() || at.IsLoopback() || at.IsPrivate() {
		return netip.Prefix{}, false
	}
	bits := 32
	if at.Is6() {
		bits = 64
	}
	network, err := at.Prefix(bits)
	return network, err == nil
}

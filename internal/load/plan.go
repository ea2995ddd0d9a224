package load

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"
)

// Kind is what a request is for.
type Kind string

// The kinds of requests.
const (
	Search  Kind = "search"
	Read    Kind = "read"
	Harvest Kind = "harvest"
	Publish Kind = "publish"
	Remix   Kind = "remix"
	Git     Kind = "git"
)

// Kinds lists the kinds in the order of a report.
var Kinds = []Kind{Search, Read, Harvest, Publish, Remix, Git}

// Mix is how many of a hundred requests are of each kind.
type Mix map[Kind]int

// StateMix is the mix of a state's four groups of users: teachers and families search and read, peers harvest, teams and
// teachers publish and remix, and some use git.
var StateMix = Mix{Search: 60, Read: 30, Harvest: 5, Publish: 3, Remix: 1, Git: 1}

// Plan says what load to make. The zero Mix is StateMix.
type Plan struct {
	Nodes    []string // base URLs of the servers, on this machine; requests go to each in turn
	Balance  bool     // requests go through a Balancer
	Token    string   // of an account that may publish; "" for a load without writes
	Owner    string   // where it publishes: the name of that account
	Password string   // of that account, to withdraw with; "" for no withdrawals
	Again    bool     // what was to publish something new and failed is sent once more, to another node
	Away     bool     // servers may turn requests away, and say when to come again; else that is an error as any other
	Ledger   *Ledger  // of loads before this one, which goes on; nil for a new one
	Mix      Mix
	Rate     float64 // requests a second; they begin when they are due, whether or not others were answered
	Duration time.Duration
	Begun    func()          // called when the first request is due, after the servers were looked at; nil for nothing
	Until    <-chan struct{} // ends it before that, when it is closed; requests under way are answered
	Seed     uint64
	Timeout  time.Duration // of one request; 0 is 30 s
}

// mostUnderWay is how many requests wait for an answer at most; those that would be more count as errors.
const mostUnderWay = 4000

// longest bounds a plan.
const longest = 24 * time.Hour

func (p *Plan) check() error {
	if len(p.Nodes) == 0 {
		return errors.New("load: no server")
	}
	for _, node := range p.Nodes {
		u, err := url.Parse(node)
		if err != nil {
			return fmt.Errorf("load: server %q: %w", node, err)
		}
		if ip := net.ParseIP(u.Hostname()); u.Scheme != "http" || ip == nil || !ip.IsLoopback() {
			return fmt.Errorf("load: server %q is not an http:// address of this machine, such as http://127.0.0.1:8080", node)
		}
	}
	if p.Rate <= 0 || p.Rate > 100_000 || p.Duration <= 0 || p.Duration > longest {
		return fmt.Errorf("load: %g requests a second for %s; give a rate up to 100000 and a duration up to %s", p.Rate, p.Duration, longest)
	}
	if p.Mix == nil {
		p.Mix = StateMix
	}
	if p.Token == "" {
		mix := Mix{}
		for k, n := range p.Mix {
			if k != Publish && k != Remix {
				mix[k] = n
			}
		}
		p.Mix = mix
	}
	if p.Ledger == nil {
		p.Ledger = NewLedger()
	}
	if p.Timeout == 0 {
		p.Timeout = 30 * time.Second
	}
	return nil
}

package federation

import "time"

// Subscription is what an administrator chooses of a repository when it becomes a peer. Zero values leave it to the server.
type Subscription struct {
	Name      string // made from its address
	Prefix    string // metadata format; the best one
	Sets      []string
	Filter    Filter
	Interval  time.Duration // the server's; negative: only when asked
	Reconcile time.Duration // by what the peer tells of deletions
}

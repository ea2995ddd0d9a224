package themes

import "time"

// Status is how a server does, for its administrators.
type Status struct {
	Version, Database, Indexing string // Indexing: why the index is being made anew; "" if it is not
	Started                     time.Time
	Shared                      bool  // other nodes use the same database
	Nodes                       int   // that have jobs at this moment
	Free, Memory                int64 // bytes
	Connections                 int
	Changes, Indexed            int64
	Own, Harvested              int
	Jobs                        []StatusJob
	AllJobs                     int
	Peers                       []StatusPeer
	AllPeers                    int
	Owners                      []StatusOwner
}

// StatusJob is a job of the list of all nodes.
type StatusJob struct {
	Kind, Name string
	Running    bool
	Due        time.Time // zero: at once
	Attempts   int
}

// StatusPeer is how harvests of a peer go.
type StatusPeer struct {
	Name               string
	Records            int
	Ended              time.Time // of the last run; zero: there was none
	Incomplete, Paused bool
}

// StatusOwner is how much somebody has published, and what it takes in the bucket. Most and Room are how much that may be;
// 0: any number.
type StatusOwner struct {
	Name         string
	Count, Most  int
	Stored, Room int64 // bytes
}

// Behind is how many changes the index lacks.
func (s Status) Behind() int { return int(max(s.Changes-s.Indexed, 0)) }

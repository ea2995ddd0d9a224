// Package load puts a repository under the load of its users and checks afterwards that it kept its word: a workload of
// readers, searchers, harvesters, writers and git clients, in the mix that a state sees, at a rate that does not wait for the
// answers, and a ledger of every write that was acknowledged.
//
// It talks HTTP to servers of this machine, and to nothing else.
package load

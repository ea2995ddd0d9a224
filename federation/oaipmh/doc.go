// Package oaipmh is the Open Archives Initiative Protocol for Metadata Harvesting, version 2.0, on the wire: requests
// parsed and checked, answers written, answers of others read. It knows nothing of what the records mean.
//
// The rules are those of the protocol document of 2015-01-08 and its guidelines, both at openarchives.org. What Parse
// refuses and Writer writes is exactly the protocol; what Decode accepts is everything that real repositories send and
// that can be understood without guessing.
package oaipmh

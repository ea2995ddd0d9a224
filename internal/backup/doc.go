// Package backup keeps the states of a bucket at several moments in another one, the vault. Each backup is whole by itself
// and shares with the others what did not change.
//
// # In the vault
//
//	vault.json            {"format":1,"id":…,"recipients":[…],"key":…}; made once
//	objects/<xx>/<name>   bytes of one blob, encrypted or not; the name is the SHA-256 of what is stored, in hexadecimal
//	backups/<name>        JSON by gzip: when, and the names of all objects that the backup needs; written last, on the
//	                      condition that it is new; never replaced. The name is the time and the beginning of the SHA-256 of
//	                      what is stored
//	writer/lock           who writes to the vault; see lock.go
//	writer/state          what the last writer knew, sealed for the server that it is of; losing it costs time only
//
// One of the objects, the detail, lists every blob: JSON by lines, by gzip. As objects are named by what is stored, anybody
// can tell without a key whether a vault is whole, and remove what no backup needs.
//
// # Encryption
//
// Objects are age files (age-encryption.org/v1) for the recipients of the vault. Where those are given, the server cannot
// read its own backups, and who restores brings the identity. Where there is a passphrase, the vault has an identity of its
// own in "key", encrypted with that by scrypt. What is not encrypted: times, numbers and sizes of objects. Recipients must
// be given to every backup and agree with those of the vault, so that who can write to it cannot add one of their own.
//
// # What a backup holds
//
// Everything that was acknowledged before it began. The order keeps what refers to something else behind that: decisions,
// letters and drafts are read first; then the repositories' manifests, again as long as others change them, for some rounds;
// then accounts, all at one moment; then what manifests need, their packs and large files, which never change and stay for
// the sweep's grace period. A pack that was swept meanwhile had its manifest replaced, and that is read again.
package backup

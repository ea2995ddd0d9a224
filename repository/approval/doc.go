// Package approval decides which revisions a board approves, and keeps the lists of what was approved.
//
//	call ──▶ submission of one revision ──▶ reviews, each alone ──▶ votes ──▶ outcome ──▶ entry of a list ──▶ signed file
//
// A board is a team; who reviews and who chairs is for the caller to say, in an Actor. Every step is an Event in an
// append-only log in the bucket:
//
//	decisions/calls/<id>/log/<number>     what happened to one call for submissions and to all that was submitted to it
//	decisions/lists/<slug>/log/<number>   what happened to one approved list
//	decisions/rubrics/<id>/<version>      one version of a rubric, never changed
//	decisions/blobs/<sha256>              lists of other boards, as they were when a list that follows them took them over
//
// A step is one object, created and never replaced, that names the SHA-256 of the one before it. What a call or a list
// is now is a fold over its log: Call.Next and List.Next say for every event in every state what comes of it, or refuse
// it with a reason. The same function guards what is asked for and reads what was written, so nothing that would be
// refused today can be in a log.
//
// An entry pins a resource, a revision and the hash of its tree. It never drifts: a newer revision changes nothing until
// the board accepts it, which is another event.
//
// A list leaves the server as a File, JSON that is a schema.org ItemList, and is signed in the format of OpenSSH's
// PROTOCOL.sshsig, so that ssh-keygen verifies it.
package approval

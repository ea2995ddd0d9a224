package app

// snapshotPrefix begins the keys of copies of the search index, which are made anew where they are lost.
const snapshotPrefix = "snapshots/"

// Package mirror writes a whole site as plain files: every page that readers see, with its pictures and downloads, a search
// that a small script does over files, and each repository as git clones it. Any file server can serve them, and most of it
// works from a folder or a stick without one.
//
// The pages are those of the server: they are asked for one after the other, beginning with the first page and the page of
// every resource, and followed by their links. In each, links become relative, and what only a running server can do (forms,
// and links to them) is taken out. The same site gives the same bytes; a file that has not changed is not written again.
package mirror

// Package search finds resources. It is the only importer of bleve, which stores the inverted index; the query
// language, the ranking and the facets are the package's own, over bleve's index reader.
//
// The natural way through it: [ParseQuery] turns what a person typed into a [Query] and hints. [Index.Search] expands
// the standards in it by the library given with [Index.SetLibrary], finds the exact set of matches, ranks them, counts
// the facets and answers with a page of [Hit] and a cursor to the next.
//
// An index is a projection: it can always be made again. [Index.CatchUp] follows the numbered changes of a [Feed] and
// stores the number of the last one after the documents, so that a crash never skips a change. [Open]
// refuses an index that it cannot trust with [ErrCorrupt]. [Live] then goes on with what can be read, or an empty one, and
// rebuilds an index beside the one in use. [Index.Snapshot] copies an index for another node.
//
// Words are wanted rather than required: both of two, two of more, a fifth of many, and where nothing has as many, what has the most of
// them. Phrases, fields, standards, exclusions and filters are strict. Totals and facets are exact for what this finds.
package search

package web

import (
	"context"

	"github.com/commonplace-oer/commonplace/search"
)

// Searcher is the index as pages use it: a [search.Live], or a [search.Index]. Its methods are those of [search.Index].
type Searcher interface {
	Search(context.Context, search.Request) (search.Results, error)
	Suggest(ctx context.Context, prefix, language string, limit int) ([]search.Suggestion, error)
	Highlighter(search.Query, []search.Hint) *search.Highlighter
	Seq() int64
	Version() int64 // what was computed from searches may be kept until it changes
}

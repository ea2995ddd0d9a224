package app

import (
	"context"
	"errors"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/catalog"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// passedOnAtOnce is how many harvested records are listed in one transaction: others who write wait for it.
const passedOnAtOnce = 100

// aggregate lists what was harvested for those who harvest this server, if the operator wants that.
func (a *App) aggregate(ctx context.Context) error {
	a.aggregating.Lock()
	defer a.aggregating.Unlock()
	var render catalog.Rendering
	if a.Config.Aggregate {
		render = federation.Aggregator{BaseURL: a.Config.BaseURL + "/oai", View: a.view}.Records
	}
	for {
		more, err := a.Catalog.Aggregate(ctx, passedOnAtOnce, render)
		if err != nil || !more {
			return err
		}
	}
}

// view is all that is known of a harvested resource; parts that were not harvested are left out.
func (a *App) view(ctx context.Context, r repository.Resource) (metadata.View, error) {
	v, err := a.Repository.View(ctx, r)
	if errors.Is(err, kind.ErrNotFound) {
		r.Parts, r.Unit = nil, ""
		v, err = a.Repository.View(ctx, r)
	}
	return v, err
}

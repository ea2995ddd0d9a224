package repository

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// tagged refuses a push of a release that the gate would refuse: a tag is a release however it was made.
func (x *pushing) tagged(ctx context.Context, p gitstore.Proposal) error {
	versions := releasesIn(p)
	if len(versions) == 0 {
		return nil
	}
	tags, err := p.After.Tags(ctx)
	if err != nil {
		return err
	}
	address := Address{Owner: x.push.Owner, Slug: x.push.Slug}
	for _, t := range tags {
		if !slices.Contains(versions, t.Name) {
			continue
		}
		if err := published(ctx, p.After, t.Target); errors.Is(err, kind.ErrNotFound) {
			continue // of a draft: no release
		} else if err != nil {
			return err
		}
		err := x.gate(ctx, Releasing{Address: address, Revision: t.Target})
		if errors.Is(err, kind.ErrNotFound) { // this push publishes it
			_, problems, derr := x.draft(ctx, p.After, t.Target)
			if derr != nil {
				return derr
			}
			if err = nil; problems.Refuse() {
				err = &InvalidError{Problems: problems}
			}
		}
		if invalid, ok := errors.AsType[*InvalidError](err); ok {
			refusal := refusalOf(invalid.Problems)
			refusal.Reason = "the report of " + t.Name + " has errors"
			return refusal
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// releasesIn are the versions that a push tags.
func releasesIn(p gitstore.Proposal) (versions []string) {
	for _, u := range p.Updates {
		if name, ok := strings.CutPrefix(u.Ref, gitstore.TagPrefix); ok && u.New != "" && CheckVersion(name) == nil {
			versions = append(versions, name)
		}
	}
	return versions
}

// releasesPushed shows the releases of a push that did not move main.
func (x *pushing) releasesPushed(ctx context.Context, p gitstore.Proposal) {
	versions := releasesIn(p)
	if len(versions) == 0 {
		return
	}
	now, err := x.stand(ctx, location(x.at))
	if err == nil {
		err = x.o.Catalog.Apply(ctx, x.projection(now.at, now.record.Generation, now.list, now.releases))
	}
	if err != nil {
		x.o.Logger.Error("release not shown", "resource", x.push.Owner+"/"+x.push.Slug, "err", err) // the tag is safe; healing shows it
		return
	}
	for _, r := range now.releases {
		if slices.Contains(versions, r.Version) {
			p.Say("Released:  %s", x.edition(Address{Owner: x.push.Owner, Slug: x.push.Slug}, r).URL)
		}
	}
	if x.push.Done != nil {
		x.push.Done(ctx)
	}
}

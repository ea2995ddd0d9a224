package repository

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/gitstore"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// maxTagsNamed bounds for how many tags of one push it is said what is wrong with them.
const maxTagsNamed = 20

// tagged refuses a push of a tag that is no release, or that the gate would refuse. A tag is a release however it was made,
// so none is taken that is not shown as one, or that would become one later without being looked at.
func (x *pushing) tagged(ctx context.Context, p gitstore.Proposal) error {
	versions := releasesIn(p)
	if len(versions) == 0 {
		return nil
	}
	tags, err := p.After.Tags(ctx)
	if err != nil {
		return err
	}
	var all *gitstore.Refusal
	named := 0
	for _, version := range versions {
		one, err := x.untaggable(ctx, p, tags, version)
		if err != nil {
			return err
		}
		if one == nil {
			continue
		}
		if all == nil {
			all = &gitstore.Refusal{Reason: one.Reason}
		}
		all.Lines = append(all.Lines, one.Lines...)
		if named++; named == maxTagsNamed {
			break
		}
	}
	if all == nil {
		return nil // not all, which would be an error that is nil
	}
	return all
}

// untaggable says why a tag cannot be a release, and what to do; nil where it can.
func (x *pushing) untaggable(ctx context.Context, p gitstore.Proposal, tags []gitstore.Tag, version string) (*gitstore.Refusal, error) {
	refuse := func(reason, remedy string) (*gitstore.Refusal, error) {
		return &gitstore.Refusal{Reason: reason, Lines: []string{fmt.Sprintf("Tag %.50s: %s. %s", version, reason, remedy)}}, nil
	}
	i := slices.IndexFunc(tags, func(t gitstore.Tag) bool { return t.Name == version })
	switch {
	case CheckVersion(version) != nil:
		return refuse("not a version", "Here a tag is a release: use 1 to 40 letters, digits, dots, hyphens, + and _, such as v2 or 2026.1")
	case i < 0:
		return refuse("not an annotated tag of a revision", "Make it one: git tag -f -a "+version+" -m 'What is new' REVISION")
	case tags[i].Inner != version:
		// Who reads the tag, and its signature, reads the other name.
		return refuse(fmt.Sprintf("the tag itself says %.50q", tags[i].Inner), "Make one of this name: git tag -f -a "+version+" -m 'What is new' "+tags[i].Target)
	case len(tags) > maxReleases:
		return refuse("too many releases", fmt.Sprintf("A resource has at most %d", maxReleases))
	}
	t := tags[i]
	if err := published(ctx, p.After, t.Target); errors.Is(err, kind.ErrNotFound) {
		return refuse("its revision is not published", fmt.Sprintf("Publish %.7s first, or with it: git push origin main %s", t.Target, version))
	} else if err != nil {
		return nil, err
	}
	err := x.gate(ctx, Releasing{Address: Address{Owner: x.push.Owner, Slug: x.push.Slug}, Revision: t.Target})
	if errors.Is(err, kind.ErrNotFound) { // this push publishes it
		var problems metadata.Problems
		if _, _, problems, err = x.examined(ctx, p, t.Target); err == nil && problems.Refuse() {
			err = &InvalidError{Problems: problems}
		}
	}
	invalid, ok := errors.AsType[*InvalidError](err)
	if !ok {
		return nil, err
	}
	refusal := refusalOf(invalid.Problems)
	refusal.Reason = "the report of " + version + " has errors"
	refusal.Lines = append(refusal.Lines, fmt.Sprintf("Tag %s: %.7s has these errors. Mend them, publish that, and tag it.", version, t.Target))
	return refusal, nil
}

// releasesIn are what a push tags: the versions, if they are any.
func releasesIn(p gitstore.Proposal) (versions []string) {
	for _, u := range p.Updates {
		if name, ok := strings.CutPrefix(u.Ref, gitstore.TagPrefix); ok && u.New != "" {
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
		err = x.apply(ctx, x.projection(now.at, now.record.Generation, now.list, now.releases))
	}
	if err != nil {
		x.missed(x.at) // the tag is safe
		x.o.Logger.Error("release not shown yet", "resource", x.push.Owner+"/"+x.push.Slug, "err", err)
		return
	}
	x.sayReleased(p)
	if x.push.Done != nil {
		x.push.Done(ctx)
	}
}

// sayReleased names the addresses of the releases of a push.
func (x *pushing) sayReleased(p gitstore.Proposal) {
	for _, version := range releasesIn(p) {
		p.Say("Released:  %s", x.edition(Address{Owner: x.push.Owner, Slug: x.push.Slug}, Release{Version: version}).URL)
	}
}

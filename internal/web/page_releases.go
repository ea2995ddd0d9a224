package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/themes"
)

// releases lists the releases of a resource or shows one; who may revise it can release the newest revision there.
func (s *Server) releases(c *fiber.Ctx, l located) error {
	if l.place.Part != "" || l.place.Revision != "" {
		return fiber.ErrNotFound // a unit is released as a whole
	}
	if l.Rest != "" {
		return s.release(c, l)
	}
	return s.releaseList(c, l, themes.Releases{}, http.StatusOK)
}

// releaseList is the list with the form, which is typed where it was sent before.
func (s *Server) releaseList(c *fiber.Ctx, l located, v themes.Releases, status int) error {
	ctx := c.UserContext()
	list, err := s.o.Repository.Releases(ctx, l.place.Address)
	if err != nil {
		return err
	}
	page := pathOf(l.place.Address, "")
	v.Title, v.URL, v.Language, v.Feed = l.Metadata.Title, page, l.Metadata.Language, page+"/releases.atom"
	left, err := s.leaver(ctx, l.place.Owner)
	if err != nil {
		return err
	}
	for _, one := range list {
		one.By = renamed(one.By, left)
		v.List = append(v.List, releaseView(l.place.Address, one))
	}
	member, err := s.allowed(c, accounts.Revise, accounts.OnResource(l.place.Owner, l.place.Slug))
	if err != nil {
		return err
	}
	v.May = member && (len(list) == 0 || list[0].Revision != l.Newest)
	if member {
		v.Action, v.When.ID, v.When.Zones = page+"/releases", "new", zoneNames()
		if v.Planned, err = s.planned(c, l.place.Address); err != nil {
			return err
		}
	}
	if v.May {
		v.Revision, v.Short = l.Newest, short(l.Newest)
		if v.Version == "" {
			v.Version = repository.NextVersion(list)
		}
		if len(list) > 0 {
			if v.Changes, err = s.changedView(ctx, l.Resource, list[0].Revision); err != nil {
				return err
			}
		}
		report, err := s.o.Repository.Report(ctx, l.Resource)
		if err != nil {
			return err
		}
		v.Errors, v.Warnings = report.Counts()
		v.Report = pathOf(l.place.Address, l.Newest) + "/report"
	}
	c.Status(status)
	return s.page(c, "releases", themes.Frame{Lede: v.Title + ". " + s.theme(c).Text(language(c), "rel.lede"), Feed: themes.Link{Label: v.Title, URL: v.Feed}}, v)
}

func releaseView(a repository.Address, r repository.Release) themes.Release {
	first, _, _ := strings.Cut(r.Notes, "\n")
	return themes.Release{
		Version: r.Version, URL: pathOf(a, "") + "/releases/" + r.Version, Revision: r.Revision, Short: short(r.Revision),
		Notes: paragraphs(r.Notes), First: clip(first, 200), By: r.By, At: r.At,
	}
}

// paragraphs are those of a plain text.
func paragraphs(text string) (list []string) {
	for p := range strings.SplitSeq(text, "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			list = append(list, p)
		}
	}
	return list
}

// shownChanges bounds how many of each kind of change a page names.
const shownChanges = 30

// changedView is what changed in a resource since a revision; nil where that is not there any more.
func (s *Server) changedView(ctx context.Context, r repository.Resource, since string) (*themes.Diff, error) {
	d, err := s.o.Repository.WhatChanged(ctx, r, since)
	if errors.Is(err, kind.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v := &themes.Diff{
		LessonsAdded: clipped(d.LessonsAdded, shownChanges, 200), LessonsRemoved: clipped(d.LessonsRemoved, shownChanges, 200),
		FilesAdded: clipped(d.FilesAdded, shownChanges, 200), FilesRemoved: clipped(d.FilesRemoved, shownChanges, 200),
		FilesChanged: clipped(d.FilesChanged, shownChanges, 200), License: d.License, Aligned: clipped(d.Aligned, shownChanges, 200),
		Unaligned: clipped(d.Unaligned, shownChanges, 200),
	}
	for _, one := range d.Reworded[:min(len(d.Reworded), shownChanges)] {
		v.Reworded = append(v.Reworded, themes.Reworded(one))
	}
	return v, nil
}

// release shows one release: its notes, what changed, and everything to download.
func (s *Server) release(c *fiber.Ctx, l located) error {
	ctx := c.UserContext()
	one, before, err := s.o.Repository.FindRelease(ctx, l.place.Address, l.Rest)
	if err != nil {
		return err
	}
	r, err := s.o.Repository.At(ctx, l.place.Address, one.Revision)
	if err != nil {
		return err
	}
	left, err := s.leaver(ctx, l.place.Owner)
	if err != nil {
		return err
	}
	one.By = renamed(one.By, left)
	pinned := pathOf(l.place.Address, one.Revision)
	v := themes.ReleasePage{
		Release: releaseView(l.place.Address, one), Title: r.Metadata.Title, Page: pathOf(l.place.Address, ""), Language: r.Metadata.Language,
		License: licenseView(r.License, language(c)), Pinned: pinned, Zip: pinned + "/download.zip", Print: pinned + "/print", Report: pinned + "/report",
		Clone: "git clone --branch " + one.Version + " " + s.o.Repository.GitURL(l.place.Address), Newer: l.Newest != one.Revision,
	}
	if before.Version != "" {
		v.Before = themes.Link{Label: before.Version, URL: pathOf(l.place.Address, "") + "/releases/" + before.Version}
		v.Compare = comparePath(l.place.Address, before.Revision, one.Revision)
		if v.Changes, err = s.changedView(ctx, r, before.Revision); err != nil {
			return err
		}
	}
	return s.page(c, "release", themes.Frame{Lede: v.Title + " " + one.Version + ". " + s.theme(c).Text(language(c), "rel.lede")}, v)
}

// releaseSend releases the revision that the form was about.
func (s *Server) releaseSend(c *fiber.Ctx, l located) error {
	a, err := s.author(c)
	if err != nil {
		return err
	}
	if err := s.mayRevise(c, a, l.place.Owner, l.place.Slug); err != nil {
		return err
	}
	if l.place.Part != "" || l.Rest != "" {
		return fiber.ErrNotFound
	}
	values, err := form(c)
	if err != nil {
		return err
	}
	x := repository.Releasing{
		Address: l.place.Address, Revision: values.Get("revision"), Version: strings.TrimSpace(values.Get("version")), Notes: values.Get("notes"), Actor: s.actor(a),
	}
	if values.Get("do") == "unplan" {
		return s.unplanSend(c, l, x.Version)
	}
	due, in, ahead, err := whenOf(values)
	var made repository.Release
	switch {
	case err != nil:
	case ahead:
		_, err = s.plan(c, x, due, in)
	default:
		made, err = s.o.Repository.Release(c.UserContext(), x)
	}
	v := themes.Releases{Version: x.Version, Notes: x.Notes, When: themes.When{Day: values.Get("day"), Hour: values.Get("hour"), Zone: values.Get("zone")}}
	if invalid, ok := errors.AsType[*repository.InvalidError](err); ok {
		v.Problems = s.spoken(invalid.Problems, language(c))
		return s.releaseList(c, l, v, http.StatusUnprocessableEntity)
	}
	if errors.Is(err, kind.ErrConflict) {
		v.Taken = true
		return s.releaseList(c, l, v, http.StatusConflict)
	}
	if errors.Is(err, kind.ErrInvalid) {
		v.Wrong = repository.CheckVersion(x.Version) != nil || !ahead
		v.Late = !v.Wrong
		return s.releaseList(c, l, v, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	if ahead {
		return redirect(c, pathOf(l.place.Address, "")+"/releases?notice=planned")
	}
	s.o.Logger.Info("resource released", "resource", l.place.Address.String(), "revision", made.Revision, "actor", a.Name)
	s.changed(c)
	return redirect(c, pathOf(l.place.Address, "")+"/releases/"+made.Version)
}

package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // containers have no zones

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/themes"
)

// zones are the time zones that a form offers, by the names that its messages have for them.
var zones = []struct{ name, place string }{
	{"eastern", "America/New_York"}, {"central", "America/Chicago"}, {"mountain", "America/Denver"}, {"arizona", "America/Phoenix"},
	{"pacific", "America/Los_Angeles"}, {"alaska", "America/Anchorage"}, {"hawaii", "Pacific/Honolulu"}, {"atlantic", "America/Puerto_Rico"},
	{"utc", "UTC"},
}

// zone is where a name of zones is; UTC for every other.
func zone(name string) *time.Location {
	for _, z := range zones {
		if z.name == name {
			if at, err := time.LoadLocation(z.place); err == nil {
				return at
			}
		}
	}
	return time.UTC
}

// whenOf reads a day and a time of day in a zone; planned is false where no day is given.
func whenOf(values url.Values) (due time.Time, in string, planned bool, err error) {
	day, hour := strings.TrimSpace(values.Get("day")), strings.TrimSpace(values.Get("hour"))
	if day == "" {
		return due, "", false, nil
	}
	if hour == "" {
		hour = "00:00"
	}
	in = values.Get("zone")
	due, err = time.ParseInLocation("2006-01-02 15:04", day+" "+hour[:min(len(hour), 5)], zone(in))
	if err != nil {
		err = fmt.Errorf("%w: the day is one such as 2026-09-01, and the time one such as 07:30", kind.ErrInvalid)
	}
	return due.UTC(), in, true, err
}

func whenView(p accounts.Planned) themes.When {
	local := p.Due.In(zone(p.Zone))
	return themes.When{Due: p.Due, Day: local.Format("2006-01-02"), Hour: local.Format("15:04"), Zone: orElse(p.Zone, "utc"), ID: p.Version, Zones: zoneNames()}
}

func zoneNames() (names []string) {
	for _, z := range zones {
		names = append(names, z.name)
	}
	return names
}

// planned are the releases of a resource that are to come, for who may change them.
func (s *Server) planned(c *fiber.Ctx, a repository.Address) (list []themes.Planned, err error) {
	plans, err := s.o.Accounts.Plans(c.UserContext(), a.Root().String())
	for _, p := range plans {
		list = append(list, themes.Planned{
			When: whenView(p), Version: p.Version, Notes: p.Notes, Short: short(p.Revision), Revision: p.Revision, By: p.Account, Problem: p.Problem,
		})
	}
	return list, err
}

// plan plans a release that would be made if it were made now.
func (s *Server) plan(c *fiber.Ctx, x repository.Releasing, due time.Time, in string) (accounts.Planned, error) {
	if in != "" && !slices.Contains(zoneNames(), in) {
		return accounts.Planned{}, fmt.Errorf("%w: there is no time zone %.40q", kind.ErrInvalid, in)
	}
	return PlanRelease(c.UserContext(), s.o.Repository, s.o.Accounts, x, due, in)
}

// PlanRelease plans a release that would be made if it were made now; zone is the name that forms have for the zone of the
// time, "" for UTC. The caller has checked that the actor may release.
func PlanRelease(ctx context.Context, r *repository.Service, a *accounts.Service, x repository.Releasing, due time.Time, zone string) (accounts.Planned, error) {
	x.DryRun = true
	would, err := r.Release(ctx, x)
	if err != nil {
		return accounts.Planned{}, err
	}
	if would.Tag != "" {
		return accounts.Planned{}, fmt.Errorf("%w: %s is released already", kind.ErrConflict, x.Version)
	}
	p := accounts.Planned{
		Address: x.Address.Root().String(), Version: would.Version, Revision: would.Revision, Notes: would.Notes, Account: x.Actor.Name, Zone: zone, Due: due,
	}
	if err := a.Plan(ctx, p); err != nil {
		return p, err
	}
	return a.Planned(ctx, p.Address, p.Version)
}

// unplanSend takes a planned release back.
func (s *Server) unplanSend(c *fiber.Ctx, l located, version string) error {
	err := s.o.Accounts.Unplan(c.UserContext(), l.place.Root().String(), version)
	if err != nil && !errors.Is(err, kind.ErrNotFound) {
		return err
	}
	return redirect(c, pathOf(l.place.Root(), "")+"/releases?notice=unplanned")
}

type apiPlanned struct {
	URL string `json:"url"` // of the page that it will have
	accounts.Planned
}

func (s *Server) apiPlannedOf(r repository.Resource, p accounts.Planned) apiPlanned {
	return apiPlanned{s.o.BaseURL + pathOf(r.Address.Root(), "") + repository.ReleasePath + p.Version, p}
}

// releaser is who may release the resource that a call of the API names.
func (s *Server) releaser(c *fiber.Ctx) (accounts.Account, repository.Resource, error) {
	a, err := s.bearer(c, accounts.ScopeWrite)
	if err != nil {
		return a, repository.Resource{}, err
	}
	r, err := s.byID(c)
	if err != nil {
		return a, r, err
	}
	if !r.Own() || r.Deleted {
		return a, r, fiber.ErrNotFound
	}
	return a, r, s.mayRevise(c, a, r.Address.Owner, r.Address.Slug)
}

// apiPlans lists the planned releases of a resource.
func (s *Server) apiPlans(c *fiber.Ctx) error {
	_, r, err := s.releaser(c)
	if err != nil {
		return err
	}
	plans, err := s.o.Accounts.Plans(c.UserContext(), r.Address.Root().String())
	if err != nil {
		return err
	}
	out := make([]apiPlanned, len(plans))
	for i, p := range plans {
		out[i] = s.apiPlannedOf(r, p)
	}
	return s.json(c, http.StatusOK, map[string]any{"planned": out})
}

// apiUnplan takes a planned release back.
func (s *Server) apiUnplan(c *fiber.Ctx) error {
	_, r, err := s.releaser(c)
	if err != nil {
		return err
	}
	if err := s.o.Accounts.Unplan(c.UserContext(), r.Address.Root().String(), c.Params("version")); err != nil {
		return err
	}
	return c.SendStatus(http.StatusNoContent)
}

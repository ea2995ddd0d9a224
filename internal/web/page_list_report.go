package web

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/themes"
)

// decimal is a number with some digits after its point.
func decimal(f float64, digits int) string { return strconv.FormatFloat(f, 'f', digits, 64) }

// dollars is a sum in whole dollars.
func dollars(f float64) string {
	sign := ""
	if f < 0 {
		sign, f = "−", -f
	}
	digits := decimal(f, 0)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + "$" + digits
}

// listSavings is what a list saves, by assumptions that stand beside the figures and that every reader may change.
func (s *Server) listSavings(c *fiber.Ctx) error {
	l, err := s.signedList(c, c.Params("slug"))
	if err != nil {
		return err
	}
	asked := approval.DefaultAssumptions()
	for name, into := range map[string]*float64{"price": &asked.Price, "printing": &asked.Printing, "share": &asked.Share} {
		if f, err := strconv.ParseFloat(c.Query(name), 64); err == nil {
			*into = f
		}
	}
	asked.Students, asked.Years = c.QueryInt("students", asked.Students), c.QueryInt("years", asked.Years)
	problem := asked.Check()
	if problem != nil {
		asked = approval.DefaultAssumptions()
	}
	v := themes.Savings{
		List: l.card, Students: asked.Students, Years: asked.Years, Price: short2(asked.Price), Printing: short2(asked.Printing), Share: short2(asked.Share),
		Problem: s.boardRefusal(c, problem),
	}
	v.Materials = len(l.signed.Finder.InForce(s.o.Now()))
	each := asked.Yearly()
	v.Each, v.Year = dollars(each), dollars(each*float64(v.Materials))
	v.All = dollars(each * float64(v.Materials) * float64(asked.Years))
	return s.page(c, "savings", themes.Frame{}, v)
}

// short2 is a number with at most two digits after its point.
func short2(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

const (
	grantsPerPage = 50
	maxGrants     = 20_000
)

// fundedWorks are the resources of this server that public money made. They are read once, and then what has changed.
type fundedWorks struct {
	mu    sync.Mutex
	seq   int64
	found map[repository.ID]repository.Resource
}

// changesRead is how many changes are read into memory at a time.
const changesRead = 1000

// funded lists them in the order in which they changed, at most maxGrants. Anybody may ask, so that no question reads the
// whole catalog.
func (s *Server) funded(ctx context.Context) ([]repository.Resource, error) {
	f := &s.grantsRead
	f.mu.Lock()
	defer f.mu.Unlock()
	seq, err := s.o.Catalog.Seq(ctx)
	if err != nil {
		return nil, err
	}
	if f.found == nil {
		f.found = map[repository.ID]repository.Resource{}
	}
	for f.seq < seq {
		next := min(f.seq+changesRead, seq)
		list, err := s.o.Catalog.Between(ctx, f.seq, next, true)
		if err != nil {
			return nil, err
		}
		for _, r := range list {
			delete(f.found, r.ID)
			if m := r.Metadata.Funding; !r.Deleted && m != nil && m.Funder != "" && r.Unit == "" && len(f.found) < maxGrants {
				r.Text = ""
				f.found[r.ID] = r
			}
		}
		f.seq = next
	}
	return slices.SortedFunc(maps.Values(f.found), func(a, b repository.Resource) int { return cmp.Compare(a.Seq, b.Seq) }), nil
}

// grants is what was made with public money, under which license, and whether that is what the funder asks for.
func (s *Server) grants(c *fiber.Ctx) error {
	ctx, lang := c.UserContext(), language(c)
	all, err := s.funded(ctx)
	if err != nil {
		return err
	}
	owner := c.Query("owner")
	var funded []repository.Resource
	owners := map[string]bool{}
	for _, r := range all {
		owners[r.Address.Owner] = true
		if owner == "" || owner == r.Address.Owner {
			funded = append(funded, r)
		}
	}
	if c.Query("format") == "csv" {
		return s.grantsCSV(c, funded, lang)
	}
	v := themes.Grants{Owner: owner, CSV: "/grants?format=csv&owner=" + escapeQuery(owner), Owners: []themes.Choice{{}}}
	for _, name := range slices.Sorted(maps.Keys(owners)) {
		v.Owners = append(v.Owners, themes.Choice{Value: name, Label: name, Selected: name == owner})
	}
	totals := map[string]int{}
	for _, r := range funded {
		totals[grantRow(r, lang).Verdict]++
	}
	for _, verdict := range slices.Sorted(maps.Keys(totals)) {
		v.Totals = append(v.Totals, themes.Count{Label: verdict, Count: totals[verdict]})
	}
	first, last, pager := paged(c, "/grants?owner="+escapeQuery(owner), len(funded), grantsPerPage)
	v.Pager = pager
	for _, r := range funded[first:last] {
		v.Rows = append(v.Rows, grantRow(r, lang))
	}
	return s.page(c, "grants", themes.Frame{}, v)
}

func grantRow(r repository.Resource, lang string) themes.GrantRow {
	f := fundingView(r, lang)
	row := themes.GrantRow{
		Title: r.Metadata.Title, URL: pathOf(r.Address, ""), Language: r.Metadata.Language, Funder: r.Metadata.Funding.Funder, Grant: r.Metadata.Funding.Grant,
		License: licenseView(r.License, lang), Published: r.Published,
	}
	if f != nil {
		row.Verdict, row.Reasons = f.Verdict, f.Reasons
	}
	return row
}

func (s *Server) grantsCSV(c *fiber.Ctx, funded []repository.Resource, lang string) error {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{"resource", "title", "url", "funder", "grant", "program", "license", "verdict", "reasons", "published", "revision"}}
	for _, r := range funded {
		row := grantRow(r, lang)
		rows = append(rows, []string{
			r.Identifier, row.Title, s.o.Repository.URL(r.Address), row.Funder, row.Grant, r.Metadata.Funding.Program, string(r.License), row.Verdict,
			strings.Join(row.Reasons, " "), r.Published.UTC().Format("2006-01-02"), r.Revision,
		})
	}
	for _, row := range rows {
		if err := w.Write(approval.Harmless(row)); err != nil {
			return err
		}
	}
	w.Flush()
	c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="grants.csv"`)
	return s.send(c, b.Bytes())
}

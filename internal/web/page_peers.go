package web

import (
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/themes"
)

// Bounds of the list.
const (
	peersPerPage = 30
	shownFriends = 20
	shownShares  = 12
)

func (s *Server) peers(c *fiber.Ctx) error { return s.peersPage(c, "", nil) }

// peersPage lists the peers; refused is why an address that was typed is none of a repository.
func (s *Server) peersPage(c *fiber.Ctx, address string, refused *themes.PeerError) error {
	ctx := c.UserContext()
	list, err := s.o.Catalog.Peers(ctx)
	if err != nil {
		return err
	}
	share := shares(list)
	pages := max(1, (len(list)+peersPerPage-1)/peersPerPage)
	at := min(max(c.QueryInt("page", 1), 1), pages)
	shown := list[(at-1)*peersPerPage : min(at*peersPerPage, len(list))]
	admin := s.visitor(c).Role == accounts.Admin
	v := themes.Peers{Share: share, Pager: pagerOf("/peers", at, pages), Admin: admin && s.o.Harvests != nil, Address: address, Error: refused, OAI: s.o.BaseURL + "/oai"}
	if v.Peers, err = s.peerViews(c, shown); err != nil {
		return err
	}
	for _, p := range v.Peers {
		v.Running = v.Running || p.Run != nil && p.Run.State == "running"
	}
	if v.Admin {
		v.Friends = clipped(s.o.Harvests.Suggested(list), shownFriends, 300)
	}
	c.Set(fiber.HeaderCacheControl, "no-cache")
	return s.page(c, "peers", themes.Frame{Lede: s.theme(c).Text(language(c), "peers.lede")}, v)
}

// shares compares the catalogs of peers, the largest first; nil where there is nothing to compare.
func shares(list []federation.Peer) []themes.Bar {
	if len(list) < 2 {
		return nil
	}
	bars := make([]themes.Bar, 0, len(list))
	for _, p := range list {
		label := p.Title
		if label == "" {
			label = p.Name
		}
		bars = append(bars, themes.Bar{Label: clip(label, 80), URL: peerPath(p.Name), Count: p.Records})
	}
	inProportion(bars)
	return bars[:min(len(bars), shownShares)]
}

// pagerOf leads through the pages of a list at an address without a query.
func pagerOf(address string, at, pages int) themes.Pager {
	p := themes.Pager{Page: at, Pages: pages}
	if at > 1 {
		p.Previous = address + "?page=" + itoa(at-1)
	}
	if at < pages {
		p.Next = address + "?page=" + itoa(at+1)
	}
	return p
}

// peerView is a peer as every page about it shows it.
func (s *Server) peerView(c *fiber.Ctx, p federation.Peer) (themes.Peer, error) {
	views, err := s.peerViews(c, []federation.Peer{p})
	if err != nil {
		return themes.Peer{}, err
	}
	return views[0], nil
}

// peerViews are some peers, in their order.
func (s *Server) peerViews(c *fiber.Ctx, peers []federation.Peer) ([]themes.Peer, error) {
	ctx, admin := c.UserContext(), s.visitor(c).Role == accounts.Admin
	names := make([]string, len(peers))
	for i, p := range peers {
		names[i] = p.Name
	}
	runs, err := s.o.Catalog.Lately(ctx, names)
	if err != nil {
		return nil, err
	}
	mayChange, refused := admin && s.o.Harvests != nil, map[string]int(nil)
	if mayChange {
		if refused, err = s.o.Catalog.InQuarantine(ctx, names); err != nil {
			return nil, err
		}
	}
	views := make([]themes.Peer, len(peers))
	for i, p := range peers {
		views[i] = peerOf(p)
		if run, ok := runs[p.Name]; ok {
			run := runView(p, run, s.o.Now(), admin)
			views[i].Run = &run
		}
		views[i].MayChange, views[i].Quarantined = mayChange, refused[p.Name]
	}
	return views, nil
}

// peerOf is a peer without what goes on.
func peerOf(p federation.Peer) themes.Peer {
	v := themes.Peer{
		Name: p.Name, Title: p.Title, Page: peerPath(p.Name), URL: p.URL, List: "/search?source=" + escapeQuery(p.Name), Records: p.Records,
		Last: p.State.Watermark, Paused: p.Paused, QuarantineAt: peerPath(p.Name) + "/quarantine",
	}
	if v.Title == "" {
		v.Title = p.Name
	}
	return v
}

func peerPath(name string) string { return "/peers/" + escapeQuery(name) }

// runView is a run in figures; what was found wrong is told to administrators only, because it can name what is inside.
func runView(p federation.Peer, r federation.Run, now time.Time, admin bool) themes.Run {
	v := themes.Run{
		State: "running", Full: r.Full, Resumed: r.Resumed, Replay: r.Replay, Received: r.Received(), Expected: max(r.Size, 0),
		New: r.New, Changed: r.Changed, Deleted: r.Deleted, Unchanged: r.Unchanged, Quarantined: r.Quarantined, Filtered: r.Filtered,
		Started: r.Started, Ended: r.Finished, Took: r.Finished.Sub(r.Started),
	}
	if r.Error != "" {
		v.Error = &themes.PeerError{Kind: trouble(r.Error)}
		if admin {
			v.Error.Text = clip(r.Error, 2000)
		}
	}
	if admin {
		v.Warnings = r.Warnings[:min(len(r.Warnings), 10)]
	}
	switch {
	case r.Finished.IsZero():
		progress(&v, p, r, now)
	case r.Complete:
		v.State, v.Expected = "done", 0
	default:
		v.State = "failed"
	}
	return v
}

// progress adds how far a run has come, how fast it is, and when it will end if it stays so. A round that goes on from an
// earlier run has received more than the run.
func progress(v *themes.Run, p federation.Peer, r federation.Run, now time.Time) {
	const enough = 3 * time.Second // to say how fast
	if p.State.Resume != nil {
		v.Received = max(v.Received, p.State.Resume.Received)
	}
	if v.Received > v.Expected {
		v.Expected = 0 // it told too little
	}
	if v.Expected > 0 {
		v.Percent = v.Received * 100 / v.Expected
	}
	took := now.Sub(r.Started)
	if took < enough || r.Received() == 0 {
		return
	}
	speed := float64(r.Received()) / took.Seconds()
	v.Rate = int(speed + 0.5)
	if v.Expected > 0 {
		v.Left = time.Duration(float64(v.Expected-v.Received) / speed * float64(time.Second))
	}
}

// inProportion sorts bars by their counts, and gives each its length in percent of the longest.
func inProportion(bars []themes.Bar) {
	slices.SortStableFunc(bars, func(a, b themes.Bar) int { return b.Count - a.Count })
	for i := range bars {
		if longest := bars[0].Count; longest > 0 {
			bars[i].Percent = (bars[i].Count*100 + longest - 1) / longest // something is never nothing
		}
	}
}

// troubles tells kinds of failure by what the harvester says of them. The first that fits holds.
var troubles = []struct{ says, kind string }{
	{"allow-peers", "private"}, {"paste the http or https address", "address"},
	{"interrupted", "interrupted"}, {"was replaced by another", "interrupted"}, {"context canceled", "interrupted"},
	{"repository identifier is", "taken"}, {"there is a peer", "taken"},
	{"list does not end", "loop"}, {"the peer lost the list", "token"}, {"robots.txt does not allow", "robots"},
	{"offers the formats", "formats"},
	{"status 401", "refused"}, {"status 403", "refused"}, {"status 451", "refused"},
	{"status 404", "missing"}, {"status 410", "missing"},
	{"status 429", "busy"}, {"status 503", "busy"}, {"asks to come back", "busy"},
	{"x509", "certificate"}, {"certificate", "certificate"},
	{"redirect", "redirect"}, {"larger than", "large"}, {"too large", "large"},
	{"stopped coming", "slow"},
	{"no such host", "unreachable"}, {"connection refused", "unreachable"}, {"no route to host", "unreachable"},
	{"server misbehaving", "unreachable"}, {"network is unreachable", "unreachable"}, {"i/o timeout", "unreachable"},
	{"deadline exceeded", "slow"}, {"Client.Timeout", "slow"}, {"timeout", "slow"},
	{"status 5", "fault"}, {"connection reset", "fault"}, {"EOF", "fault"},
	{"too many bytes", "large"}, {"is too long", "large"}, {"entries in one answer", "large"}, {"inside one another", "large"},
	{"peer refuses", "protocol"}, {"repository refuses", "protocol"}, {"is refused: ", "protocol"},
	{"not OAI-PMH", "none"}, {"no OAI-PMH", "none"}, {"no repository found", "none"}, {"does not answer Identify", "none"},
	{"XML", "broken"}, {"syntax", "broken"},
}

// trouble is the kind of a failure, as the messages of a theme explain it.
func trouble(says string) string {
	for _, t := range troubles {
		if strings.Contains(says, t.says) {
			return t.kind
		}
	}
	return "other"
}

package load

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// users do what people and programs do.
type users struct {
	plan    Plan
	client  *http.Client
	lessons *Lessons
	ledger  *Ledger

	session string // a cookie of the plan's account, to withdraw with; "" for none

	mu    sync.Mutex
	known []known  // what there is to read
	words []string // what people search for
	token []string // resumption tokens of harvests under way
}

type known struct {
	ID, URL, Title string
	own            bool
	tag            string // of the page, once it was read
}

func newUsers(ctx context.Context, p Plan) (*users, error) {
	u := &users{
		plan: p, lessons: NewLessons(p.Seed), ledger: p.Ledger,
		client: &http.Client{
			Transport:     &http.Transport{MaxIdleConnsPerHost: 256, MaxConnsPerHost: 0, IdleConnTimeout: time.Minute},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	if p.Balance {
		b, err := NewBalancer(ctx, p.Nodes, u.client.Transport)
		if err != nil {
			return nil, err
		}
		u.client.Transport = b
	}
	return u, nil
}

// node is the server of a request. They come in turn, as a balancer sends them.
func (u *users) node(n int) string {
	if u.plan.Balance {
		n = 0 // a Balancer chooses
	}
	return u.plan.Nodes[n%len(u.plan.Nodes)]
}

// signIn signs the plan's account in as a browser does.
func (u *users) signIn(ctx context.Context) error {
	if u.plan.Password == "" {
		return nil
	}
	resp, err := u.post(ctx, u.node(0)+"/sign-in", url.Values{"name": {u.plan.Owner}, "password": {u.plan.Password}})
	if err != nil {
		return err
	}
	if _, err := ok(resp, http.StatusSeeOther); err != nil {
		return err
	}
	for _, c := range resp.Cookies() {
		if strings.Contains(c.Name, "session") {
			u.session = c.Name + "=" + c.Value
		}
	}
	if u.session == "" {
		return errors.New("signing in gave no session")
	}
	return nil
}

// post sends a form.
func (u *users) post(ctx context.Context, address string, values url.Values) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(values.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if u.session != "" {
		r.Header.Set("Cookie", u.session)
	}
	return u.client.Do(r)
}

// look finds out what there is: what this load will not withdraw, or else anything.
func (u *users) look(ctx context.Context) error {
	next := ""
	var leaving []known
	for range 20 {
		b, err := u.get(ctx, u.node(0)+"/api/v1/search?sort=newest&size=100&cursor="+url.QueryEscape(next), nil, http.StatusOK)
		if err != nil {
			return err
		}
		var found struct {
			Hits []struct{ ID, URL, Title, Source string }
			Next string
		}
		if err := json.Unmarshal(b, &found); err != nil {
			return err
		}
		for _, h := range found.Hits {
			at, err := url.Parse(h.URL)
			if err != nil {
				return err
			}
			u.words = append(u.words, strings.Fields(h.Title)...)
			k := known{ID: h.ID, URL: at.Path, Title: h.Title, own: strings.HasPrefix(at.Path, "/r/")}
			if u.ledger.tried(at.Path) {
				leaving = append(leaving, k)
				continue
			}
			u.known = append(u.known, k)
		}
		if next = found.Next; next == "" {
			break
		}
	}
	if len(u.known) == 0 { // all that was there has remixes of this load in front
		u.known = leaving
	}
	if len(u.known) == 0 {
		return errors.New("the servers hold nothing to read; publish something first")
	}
	return nil
}

func (u *users) do(ctx context.Context, k Kind, n int, r *rand.Rand) error {
	node := u.node(n)
	switch k {
	case Search:
		return u.search(ctx, node, r)
	case Read:
		return u.read(ctx, node, r)
	case Harvest:
		return u.harvest(ctx, node)
	case Publish:
		return u.publish(ctx, node, n, r)
	case Remix:
		return u.remix(ctx, node, n, r)
	case Git:
		return u.clone(ctx, node, r)
	}
	return fmt.Errorf("no kind %q", k)
}

func (u *users) get(ctx context.Context, address string, header http.Header, statuses ...int) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	for k, v := range header {
		r.Header[k] = v
	}
	resp, err := u.client.Do(r)
	if err != nil {
		return nil, err
	}
	return ok(resp, statuses...)
}

// some is one of what is known: the first much more often than the last.
func (u *users) some(r *rand.Rand, own bool) (known, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for range 50 {
		k := u.known[int(float64(len(u.known))*r.Float64()*r.Float64())]
		if !own || k.own {
			return k, true
		}
	}
	return known{}, false
}

func (u *users) search(ctx context.Context, node string, r *rand.Rand) error {
	v := url.Values{}
	switch r.IntN(10) {
	case 0, 1:
		v.Set("q", codes[r.IntN(len(codes))])
	case 2:
		v.Set("grade", []string{"3", "4", "5", "6"}[r.IntN(4)])
	case 3:
		v.Set("sort", "newest")
	default:
		u.mu.Lock()
		q := u.words[r.IntN(len(u.words))]
		if r.IntN(2) == 0 {
			q += " " + u.words[r.IntN(len(u.words))]
		}
		u.mu.Unlock()
		v.Set("q", q)
	}
	if r.IntN(4) == 0 {
		v.Set("permission", "adaptable")
	}
	_, err := u.get(ctx, node+"/search?"+v.Encode(), nil, http.StatusOK)
	return err
}

// read opens a page; one in five readers has it already and asks whether it has changed.
func (u *users) read(ctx context.Context, node string, r *rand.Rand) error {
	k, _ := u.some(r, false)
	header := http.Header{}
	if k.tag != "" && r.IntN(5) == 0 {
		header.Set("If-None-Match", k.tag)
	}
	_, err := u.get(ctx, node+k.URL, header, http.StatusOK, http.StatusNotModified)
	return err
}

// harvest asks for the next page of a list.
func (u *users) harvest(ctx context.Context, node string) error {
	query := "verb=ListRecords&metadataPrefix=oai_dc"
	u.mu.Lock()
	if n := len(u.token); n > 0 {
		query = "verb=ListRecords&resumptionToken=" + url.QueryEscape(u.token[n-1])
		u.token = u.token[:n-1]
	}
	u.mu.Unlock()
	b, err := u.get(ctx, node+"/oai?"+query, nil, http.StatusOK)
	if err != nil {
		return err
	}
	var page struct {
		Error []struct {
			Code string `xml:"code,attr"`
		} `xml:"error"`
		Token string `xml:"ListRecords>resumptionToken"`
	}
	if err := xml.Unmarshal(b, &page); err != nil {
		return fmt.Errorf("harvest: %w", err)
	}
	if len(page.Error) > 0 && page.Error[0].Code != "noRecordsMatch" {
		return fmt.Errorf("harvest: %s", page.Error[0].Code)
	}
	if page.Token != "" {
		u.mu.Lock()
		u.token = append(u.token, page.Token)
		u.mu.Unlock()
	}
	return nil
}

// send sends JSON as the account of the plan.
func (u *users) send(ctx context.Context, method, address string, in any, ifMatch string, statuses ...int) (out struct{ ID, Revision, URL string }, err error) {
	b, err := json.Marshal(in)
	if err != nil {
		return out, err
	}
	r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(b))
	if err != nil {
		return out, err
	}
	r.Header.Set("Authorization", "Bearer "+u.plan.Token)
	r.Header.Set("Content-Type", "application/json")
	if ifMatch != "" {
		r.Header.Set("If-Match", `"`+ifMatch+`"`)
	}
	resp, err := u.client.Do(r)
	if err != nil {
		return out, err
	}
	if b, err = ok(resp, statuses...); err != nil {
		return out, err
	}
	return out, json.Unmarshal(b, &out)
}

// publish publishes a new lesson, or a new revision of one that this load has published, or withdraws one.
func (u *users) publish(ctx context.Context, node string, n int, r *rand.Rand) error {
	if u.session != "" && r.IntN(8) == 0 {
		if id, w, found := u.ledger.take(r.Uint64(), true); found {
			return u.withdraw(ctx, node, id, w)
		}
	}
	lesson := u.lessons.Lesson(1<<24 + n)
	files := map[string]string{"index.md": lesson.Index}
	if r.IntN(3) > 0 {
		// A remix may not have any license: its source has a say.
		if id, w, found := u.ledger.take(r.Uint64(), false); found {
			out, err := u.send(ctx, http.MethodPut, node+"/api/v1/resources/"+id, map[string]any{"files": files}, w.acknowledged, http.StatusOK)
			u.ledger.revised(id, lesson.Title, out.Revision)
			return err
		}
	}
	return u.create(ctx, node+"/api/v1/resources", fmt.Sprintf("load-%d-%d", u.plan.Seed, n), lesson.Title, map[string]any{"files": files})
}

// create sends what makes a new resource. Where nobody answered it is sent once more, to a node in turn, as a person or a
// program would: it must not be there twice.
func (u *users) create(ctx context.Context, address, slug, title string, in map[string]any) error {
	at := "/r/" + u.plan.Owner + "/" + slug
	u.ledger.try(at)
	in["owner"], in["slug"] = u.plan.Owner, slug
	out, err := u.send(ctx, http.MethodPost, address, in, "", http.StatusCreated)
	if err != nil && u.plan.Again && ctx.Err() == nil {
		if again, later := u.send(ctx, http.MethodPost, u.another(address), in, "", http.StatusCreated); later == nil {
			u.ledger.created(again.ID, at, title, again.Revision)
		}
		return err // the first one failed
	}
	if err == nil {
		u.ledger.created(out.ID, at, title, out.Revision)
	}
	return err
}

// another is an address on the next node.
func (u *users) another(address string) string {
	for i, node := range u.plan.Nodes {
		if rest, found := strings.CutPrefix(address, node+"/"); found {
			return u.node(i+1) + "/" + rest
		}
	}
	return address
}

// withdraw takes a resource out of the catalog, with the form of its page.
func (u *users) withdraw(ctx context.Context, node, id string, w written) (err error) {
	defer func() { u.ledger.withdrawn(id, err == nil) }()
	resp, err := u.post(ctx, node+w.url+"/withdraw", url.Values{"reason": {"a newer one took its place"}})
	if err != nil {
		return err
	}
	_, err = ok(resp, http.StatusSeeOther)
	return err
}

func (u *users) remix(ctx context.Context, node string, n int, r *rand.Rand) error {
	k, found := u.some(r, true)
	if !found {
		return nil
	}
	return u.create(ctx, node+"/api/v1/resources/"+k.ID+"/remix", fmt.Sprintf("remix-%d-%d", u.plan.Seed, n), "", map[string]any{})
}

// clone fetches a whole repository as git does, in two requests.
func (u *users) clone(ctx context.Context, node string, r *rand.Rand) error {
	k, found := u.some(r, true)
	if !found {
		return nil
	}
	b, err := u.get(ctx, node+k.URL+".git/info/refs?service=git-upload-pack", nil, http.StatusOK)
	if err != nil {
		return err
	}
	_, rest, found := strings.Cut(string(b), "# service=git-upload-pack\n0000")
	if !found || len(rest) < 44 {
		return fmt.Errorf("git: no refs: %.100q", b)
	}
	want := fmt.Sprintf("want %s ofs-delta side-band-64k\n", rest[4:44])
	ask, err := http.NewRequestWithContext(ctx, http.MethodPost, node+k.URL+".git/git-upload-pack",
		strings.NewReader(fmt.Sprintf("%04x%s00000009done\n", len(want)+4, want)))
	if err != nil {
		return err
	}
	ask.Header.Set("Content-Type", "application/x-git-upload-pack-request")
	resp, err := u.client.Do(ask)
	if err != nil {
		return err
	}
	if b, err = ok(resp, http.StatusOK); err != nil {
		return err
	}
	if !bytes.Contains(b, []byte("PACK")) {
		return fmt.Errorf("git: no pack: %.100q", b)
	}
	return nil
}

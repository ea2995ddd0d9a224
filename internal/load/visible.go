package load

import (
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

// Seeing is how long after a publication was acknowledged it is found, and harvested, on the slowest of the nodes.
type Seeing struct{ Found, Harvested Times }

// tooLong is when a publication that is not seen is given up.
const tooLong = 2 * time.Minute

// See publishes so many lessons, a pause apart, and looks for each on every node of the plan until it is there.
func See(ctx context.Context, p Plan, n int, pause time.Duration) (*Seeing, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	u, err := newUsers(ctx, p)
	if err != nil {
		return nil, err
	}
	s := new(Seeing)
	var mu sync.Mutex
	var all sync.WaitGroup
	var failed []error
	for i := range n {
		all.Go(func() {
			found, harvested, err := u.see(ctx, i)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed = append(failed, err)
				return
			}
			s.Found.add(found)
			s.Harvested.add(harvested)
		})
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
	all.Wait()
	return s, errors.Join(failed...)
}

func (u *users) see(ctx context.Context, i int) (found, harvested time.Duration, err error) {
	mark := fmt.Sprintf("seen%dx%d", rand.Uint32(), i)
	text := strings.Replace(u.lessons.Lesson(1<<25+i).Index, "title: ", "title: "+mark+" ", 1)
	since := time.Now().UTC().Add(-2 * time.Second).Truncate(time.Second).Format(time.RFC3339)
	out, err := u.send(ctx, http.MethodPost, u.node(i)+"/api/v1/resources",
		map[string]any{"owner": u.plan.Owner, "slug": mark, "files": map[string]string{"index.md": text}}, "", http.StatusCreated)
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, tooLong)
	defer cancel()
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, node := range u.plan.Nodes {
		for slowest, there := range map[*time.Duration]func() (bool, error){
			&found:     func() (bool, error) { return u.finds(ctx, node, mark) },
			&harvested: func() (bool, error) { return u.lists(ctx, node, since, out.ID) },
		} {
			all.Go(func() {
				took, late := until(ctx, began, there)
				mu.Lock()
				defer mu.Unlock()
				*slowest = max(*slowest, took)
				if late != nil {
					err = errors.Join(err, fmt.Errorf("%s on %s: %w", mark, node, late))
				}
			})
		}
	}
	all.Wait()
	return found, harvested, err
}

// until asks again and again, seldom enough to be no load beside that of the plan.
func until(ctx context.Context, began time.Time, there func() (bool, error)) (time.Duration, error) {
	for {
		yes, err := there()
		if err != nil || yes {
			return time.Since(began), err
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (u *users) finds(ctx context.Context, node, mark string) (bool, error) {
	b, err := u.get(ctx, node+"/api/v1/search?size=1&q="+url.QueryEscape(`"`+mark+`"`), nil, http.StatusOK)
	if err != nil {
		return false, err
	}
	var results struct{ Total int }
	return json.Unmarshal(b, &results) == nil && results.Total == 1, nil
}

// lists reads what has changed lately, as a harvester does.
func (u *users) lists(ctx context.Context, node, since, id string) (bool, error) {
	query := "verb=ListIdentifiers&metadataPrefix=oai_dc&from=" + url.QueryEscape(since)
	for range 100 {
		b, err := u.get(ctx, node+"/oai?"+query, nil, http.StatusOK)
		if err != nil {
			return false, err
		}
		if strings.Contains(string(b), id) {
			return true, nil
		}
		var page struct {
			Token string `xml:"ListIdentifiers>resumptionToken"`
		}
		if err := xml.Unmarshal(b, &page); err != nil || page.Token == "" {
			return false, err
		}
		query = "verb=ListIdentifiers&resumptionToken=" + url.QueryEscape(page.Token)
	}
	return false, nil
}

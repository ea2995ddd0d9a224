package load

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// View is what a server shows to everybody of its own resources.
type View struct {
	Node      string
	Resources map[string]Seen // by id
}

// Seen is a resource as the parts of a server show it.
type Seen struct {
	URL        string   // path of its page
	Revision   string   // in the feed of changes
	Deleted    bool     // likewise
	Found      []string // titles of the hits of a search for everything; "" where it stands below a hit that is the same lesson
	Harvested  []string // titles of the live records of a harvest of everything
	Tombstones int      // of that harvest
}

// mostPages bounds what is read of one server.
const mostPages = 5000

// Look reads all that a server shows of its own resources: its feed of changes, a search for everything, and a harvest. The
// server passes on nothing of peers.
func Look(ctx context.Context, client *http.Client, node string) (View, error) {
	v := View{Node: node, Resources: map[string]Seen{}}
	for _, read := range []func(context.Context, *http.Client) error{v.changes, v.search, v.harvest} {
		if err := read(ctx, client); err != nil {
			return v, fmt.Errorf("look at %s: %w", node, err)
		}
	}
	return v, nil
}

func (v View) changes(ctx context.Context, client *http.Client) error {
	after := int64(0)
	for range mostPages {
		var feed struct {
			Changes []struct {
				ID, URL, Revision string
				Deleted           bool
			}
			Next int64
		}
		if err := fetchJSON(ctx, client, fmt.Sprintf("%s/api/v1/changes?limit=1000&after=%d", v.Node, after), &feed); err != nil {
			return err
		}
		for _, c := range feed.Changes {
			at, err := url.Parse(c.URL)
			if err != nil {
				return err
			}
			if strings.HasPrefix(at.Path, "/r/") || c.Deleted {
				v.Resources[c.ID] = Seen{URL: at.Path, Revision: c.Revision, Deleted: c.Deleted}
			}
		}
		if feed.Next <= after {
			return nil
		}
		after = feed.Next
	}
	return fmt.Errorf("the feed of changes does not end after %d pages", mostPages)
}

func (v View) search(ctx context.Context, client *http.Client) error {
	next := ""
	for range mostPages {
		var found struct {
			Hits []struct {
				ID, URL, Title string
				Others         []struct{ ID string }
			}
			Next string
		}
		if err := fetchJSON(ctx, client, v.Node+"/api/v1/search?sort=newest&size=100&cursor="+url.QueryEscape(next), &found); err != nil {
			return err
		}
		for _, h := range found.Hits {
			if at, err := url.Parse(h.URL); err == nil && strings.HasPrefix(at.Path, "/r/") {
				v.found(h.ID, h.Title)
			}
			for _, o := range h.Others {
				if _, own := v.Resources[o.ID]; own {
					v.found(o.ID, "")
				}
			}
		}
		if next = found.Next; next == "" {
			return nil
		}
	}
	return fmt.Errorf("the search does not end after %d pages", mostPages)
}

func (v View) found(id, title string) {
	s := v.Resources[id]
	s.Found = append(s.Found, title)
	v.Resources[id] = s
}

// harvest takes every record whose identifier ends with the id of a resource.
func (v View) harvest(ctx context.Context, client *http.Client) error {
	query := "verb=ListRecords&metadataPrefix=oai_dc"
	for range mostPages {
		status, b, err := fetch(ctx, client, v.Node+"/oai?"+query)
		if err != nil {
			return err
		}
		if status != http.StatusOK {
			return fmt.Errorf("harvest: %d %.200s", status, b)
		}
		var page struct {
			Error []struct {
				Code string `xml:"code,attr"`
			} `xml:"error"`
			Records []struct {
				Header struct {
					Status     string `xml:"status,attr"`
					Identifier string `xml:"identifier"`
				} `xml:"header"`
				Title string `xml:"metadata>dc>title"`
			} `xml:"ListRecords>record"`
			Token string `xml:"ListRecords>resumptionToken"`
		}
		if err := xml.Unmarshal(b, &page); err != nil {
			return fmt.Errorf("harvest: %w", err)
		}
		if len(page.Error) > 0 && page.Error[0].Code != "noRecordsMatch" {
			return fmt.Errorf("harvest: %s", page.Error[0].Code)
		}
		for _, r := range page.Records {
			id := r.Header.Identifier[strings.LastIndexByte(r.Header.Identifier, ':')+1:]
			s := v.Resources[id]
			if r.Header.Status == "deleted" {
				s.Tombstones++
			} else {
				s.Harvested = append(s.Harvested, r.Title)
			}
			v.Resources[id] = s
		}
		if page.Token == "" {
			return nil
		}
		query = "verb=ListRecords&resumptionToken=" + url.QueryEscape(page.Token)
	}
	return fmt.Errorf("the harvest does not end after %d pages", mostPages)
}

func fetchJSON(ctx context.Context, client *http.Client, address string, into any) error {
	status, b, err := fetch(ctx, client, address)
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return fmt.Errorf("%s: %d %.200s", address, status, b)
	}
	return json.Unmarshal(b, into)
}

func fetch(ctx context.Context, client *http.Client, address string) (status int, body []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, nil, err
	}
	resp, err := client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	return resp.StatusCode, body, err
}

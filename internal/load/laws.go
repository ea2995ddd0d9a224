package load

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"
)

// Check asks a server for everything that was acknowledged, by the API and as a page, and names what is lost: a resource that
// it does not have, or whose newest revision is an older one; and what was withdrawn and is there. With touched it asks only
// for what was written since the last time that Settled was called.
func (l *Ledger) Check(ctx context.Context, client *http.Client, node string, touched bool) (problems []string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, w := range l.written {
		if touched && !l.touched[id] {
			continue
		}
		says, err := w.check(ctx, client, node, id)
		if err != nil {
			return nil, err
		}
		problems = append(problems, says...)
	}
	slices.Sort(problems)
	return problems, nil
}

// Settled says that what was written so far was checked.
func (l *Ledger) Settled() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.touched)
}

func (w *written) check(ctx context.Context, client *http.Client, node, id string) (problems []string, err error) {
	status, b, err := fetch(ctx, client, node+"/api/v1/resources/"+id)
	if err != nil {
		return nil, err
	}
	page, text, err := fetch(ctx, client, node+w.url)
	if err != nil {
		return nil, err
	}
	there := status == http.StatusOK && page == http.StatusOK
	switch {
	case w.gone && (status == http.StatusOK || page == http.StatusOK):
		return []string{fmt.Sprintf("%s was withdrawn and is there", id)}, nil
	case w.gone:
		return nil, nil
	case !there && w.leaving:
		return nil, nil
	case !there:
		return []string{fmt.Sprintf("%s was acknowledged and is lost: %d %.80s, its page: %d", id, status, b, page)}, nil
	}
	var got struct{ Revision string }
	if err := json.Unmarshal(b, &got); err != nil {
		return nil, err
	}
	if says := w.at(got.Revision); says != "" {
		return []string{id + " " + says}, nil
	}
	if got.Revision == w.acknowledged && !strings.Contains(string(text), html.EscapeString(w.title)) {
		problems = append(problems, fmt.Sprintf("the page of %s does not have its title %q", id, w.title))
	}
	return problems, nil
}

// at says what is wrong with a revision being the newest one; "" for nothing.
func (w *written) at(revision string) string {
	switch {
	case revision == w.acknowledged:
		return ""
	case slices.Contains(w.revisions[:len(w.revisions)-1], revision):
		return fmt.Sprintf("is at %s, and %s was acknowledged", revision, w.acknowledged)
	case w.sent == 0:
		return fmt.Sprintf("is at %s, which nobody sent after %s", revision, w.acknowledged)
	}
	return ""
}

// Laws holds what nodes show of all their resources against what was acknowledged, and against each other, and names every
// break: an acknowledged write that a node does not show in its feed of changes, its search or its harvest; a resource that
// is there twice; one that was withdrawn and is there; one that nobody sent; and nodes that show different things.
func (l *Ledger) Laws(views []View) (problems []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, v := range views {
		say := func(format string, args ...any) {
			problems = append(problems, v.Node+": "+fmt.Sprintf(format, args...))
		}
		at := map[string]string{}
		for id, s := range v.Resources {
			if says := s.whole(); says != "" {
				say("%s %s", id, says)
			}
			if other, twice := at[s.URL]; twice && !s.Deleted {
				say("%s and %s are both %s", id, other, s.URL)
			}
			if !s.Deleted {
				at[s.URL] = id
			}
			if w := l.written[id]; w == nil && l.sent[s.URL] && s.Deleted {
				say("%s at %s is withdrawn, and nobody asked for it", id, s.URL)
			}
		}
		for id, w := range l.written {
			s, known := v.Resources[id]
			switch {
			case !known:
				say("%s was acknowledged and is not in the feed of changes", id)
			case w.gone && !s.Deleted:
				say("%s was withdrawn and is there", id)
			case !w.gone && s.Deleted && !w.leaving:
				say("%s was acknowledged and is withdrawn", id)
			case s.Deleted:
			default:
				if says := w.at(s.Revision); says != "" {
					say("%s %s", id, says)
				}
				found := slices.Equal(s.Found, []string{w.title}) || slices.Equal(s.Found, []string{""})
				if s.Revision == w.acknowledged && w.title != "" && (!found || !slices.Equal(s.Harvested, []string{w.title})) {
					say("%s has the title %q, is found with %q and harvested with %q", id, w.title, s.Found, s.Harvested)
				}
			}
		}
	}
	for i := 1; i < len(views); i++ {
		problems = append(problems, differ(views[0], views[i])...)
	}
	slices.Sort(problems)
	return problems
}

// whole says where the parts of a server do not agree on a resource; "" for nowhere.
func (s Seen) whole() string {
	live := 1
	if s.Deleted {
		live = 0
	}
	if len(s.Found) != live || len(s.Harvested) != live || s.Tombstones != 1-live {
		return fmt.Sprintf("at %s (withdrawn: %t) is found %d times and harvested %d times, with %d tombstones", s.URL, s.Deleted, len(s.Found), len(s.Harvested), s.Tombstones)
	}
	return ""
}

// differ names what two nodes show differently. Which of several near copies of a lesson stands for them may differ.
func differ(a, b View) (problems []string) {
	for id, s := range a.Resources {
		other, known := b.Resources[id]
		same := s.URL == other.URL && s.Revision == other.Revision && s.Deleted == other.Deleted && len(s.Found) == len(other.Found) &&
			slices.Equal(s.Harvested, other.Harvested) && s.Tombstones == other.Tombstones
		if !known || !same {
			problems = append(problems, fmt.Sprintf("%s: %s shows %+v and %s shows %+v", id, a.Node, s, b.Node, other))
		}
	}
	for id := range b.Resources {
		if _, known := a.Resources[id]; !known {
			problems = append(problems, fmt.Sprintf("%s: %s does not have it, and %s does", id, a.Node, b.Node))
		}
	}
	return problems
}

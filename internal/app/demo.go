package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/content-samples"
	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/repository"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/standards"
	"github.com/commonplace-oer/commonplace/themes"
)

// Demo is two federated servers in one process: a state repository with the samples, and a district that harvests it.
type Demo struct {
	Dir      string       // where both keep their data, each in a folder of its own
	State    net.Listener // of the state repository
	District net.Listener
	Version  string
	Out      io.Writer // told what to open
	Logger   *slog.Logger
	Progress func(what string, done, total int)
	Control  func(*App) Control
}

// The one person who may write at the district, the one at the state, and the password that the sign-in pages tell
// everybody.
const (
	demoTeacher  = "teacher"
	demoEditor   = "editor"
	demoPassword = "paper-strips"
)

// sampleOwners are the namespaces of the samples.
var sampleOwners = []struct {
	name, title string
	person      bool
}{
	{"state-math", "State mathematics team", false},
	{"state-science", "State science team", false},
	{"state-ela", "State English language arts team", false},
	{"state-pd", "State professional learning team", false},
	{"district-cs", "District computer science team", false},
	{"maria-santos", "Maria Santos", true},
}

// Run starts both, fills them, says what to open, and serves until the context ends.
func (d Demo) Run(ctx context.Context) (err error) {
	begun := time.Now()
	c := d.config("state", "State OER Repository", "default", d.State)
	c.AllowPeers, c.Harvest = []string{d.District.Addr().String()}, "1m"
	state, err := Open(ctx, c, Options{Logger: d.Logger, Demo: themes.DemoAccount{Name: demoEditor, Password: demoPassword}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, state.Close(ctx)) }()
	c = d.config("district", "Maplewood School District", "maplewood", d.District)
	c.AllowPeers = []string{d.State.Addr().String()}
	c.Harvest = "1m"
	district, err := Open(ctx, c, Options{Logger: d.Logger, Demo: themes.DemoAccount{Name: demoTeacher, Password: demoPassword}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, district.Close(ctx)) }()

	if err := d.fillState(ctx, state); err != nil {
		return fmt.Errorf("fill the state repository: %w", err)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 2)
	if err := d.start(ctx, state, d.State, ended); err != nil {
		return err
	}
	if err := d.fillDistrict(ctx, district, state.Config.BaseURL); err != nil {
		return fmt.Errorf("fill the district: %w", err)
	}
	if err := d.start(ctx, district, d.District, ended); err != nil {
		return err
	}
	if _, err := state.Harvests.Register(ctx, "district", district.Config.BaseURL); err != nil { // so that its suggestions are welcome
		return fmt.Errorf("introduce the district: %w", err)
	}
	d.announce(state, district, time.Since(begun))

	err = <-ended // the first to end takes the other along
	stop()
	return errors.Join(err, <-ended)
}

func (d Demo) config(name, title, theme string, l net.Listener) config.Config {
	c := config.Default()
	c.Data = filepath.Join(d.Dir, name)
	c.Listen = l.Addr().String()
	c.BaseURL = "http://" + c.Listen
	c.Name, c.Theme = title, theme
	c.Identifier = name + ".commonplace.example"
	c.Email = "oer@" + c.Identifier
	return c
}

func (d Demo) start(ctx context.Context, a *App, l net.Listener, ended chan<- error) error {
	server, err := a.NewServer(d.Version, d.Control(a))
	if err != nil {
		return err
	}
	go func() { ended <- server.Serve(ctx, l) }()
	return nil
}

func (d Demo) fillState(ctx context.Context, a *App) error {
	if err := importSamples(ctx, a); err != nil {
		return err
	}
	for _, owner := range sampleOwners {
		err := a.Accounts.AddTeam(ctx, owner.name, owner.title)
		if owner.person {
			_, err = a.Accounts.Add(ctx, owner.name, owner.title, accounts.Author, "")
		}
		if err != nil && !errors.Is(err, kind.ErrConflict) {
			return err
		}
	}
	if _, err := a.Accounts.Add(ctx, demoEditor, "Ms. Okafor", accounts.Admin, demoPassword); err != nil && !errors.Is(err, kind.ErrConflict) {
		return err
	}
	list, err := Samples()
	if err != nil {
		return err
	}
	done := 0
	var problems []error
	_, err = a.Repository.PublishAll(ctx, list, func(i int, _ repository.Outcome, err error) {
		done++
		d.Progress("publishing samples", done, len(list))
		problems = append(problems, err)
	})
	if err := errors.Join(err, errors.Join(problems...), a.CatchUp(ctx)); err != nil {
		return err
	}
	return d.fillStateBoard(ctx, a)
}

// Samples are the sample resources, ready to be published.
func Samples() ([]repository.Publication, error) {
	content := samples.Content()
	indexes, err := fs.Glob(content, "*/*/index.md")
	if err != nil {
		return nil, err
	}
	list := make([]repository.Publication, 0, len(indexes))
	for _, index := range indexes {
		folder := path.Dir(index)
		files, err := fs.Sub(content, folder)
		if err != nil {
			return nil, err
		}
		owner, slug := path.Split(folder)
		p := repository.Publication{Owner: strings.TrimSuffix(owner, "/"), Slug: slug, Files: files}
		p.Actor = repository.Actor{Name: p.Owner, Display: p.Owner}
		for _, o := range sampleOwners {
			if o.name == p.Owner {
				p.Actor.Display = o.title
			}
		}
		list = append(list, p)
	}
	return list, nil
}

func importSamples(ctx context.Context, a *App) error {
	frameworks := samples.Frameworks()
	files, err := fs.Glob(frameworks, "*.json")
	if err != nil {
		return err
	}
	for _, name := range files {
		src, err := fs.ReadFile(frameworks, name)
		if err != nil {
			return err
		}
		about := standards.About{Name: strings.TrimSuffix(name, ".json")}
		if _, err := a.ImportFramework(ctx, about, bytes.NewReader(src)); err != nil {
			return fmt.Errorf("framework %s: %w", name, err)
		}
	}
	return nil
}

func (d Demo) fillDistrict(ctx context.Context, a *App, state string) error {
	if err := importSamples(ctx, a); err != nil {
		return err
	}
	_, err := a.Accounts.Add(ctx, demoTeacher, "Ms. Rivera", accounts.Admin, demoPassword)
	if err != nil && !errors.Is(err, kind.ErrConflict) {
		return err
	}
	if _, err := a.Harvests.Register(ctx, "state", state); err != nil {
		return err
	}
	if _, err = a.Harvests.Run(ctx, "state", false, nil); err != nil {
		return err
	}
	return d.fillDistrictBoard(ctx, a, state)
}

func (d Demo) announce(state, district *App, took time.Duration) {
	fmt.Fprintf(d.Out, `
Two servers are running (%.1f s):
  state     %s   the samples are published here
  district  %s   has just harvested the state over OAI-PMH

Try it:
  1. Open     %s/search?q=5.NF.B.3
  2. Open a lesson, press Remix, sign in as %s with the password %s,
     change a sentence, publish. The remix is searchable at once.
  3. Clone    git clone %s/r/state-math/sharing-fairly
  4. Harvest  %s/oai?verb=ListRecords&metadataPrefix=oai_dc
  5. Suggest  at the district, open a harvested lesson, press "Suggest a change"; at the state, sign in
              as %s with the same password, open the same lesson, and decide about it
  6. Decide   at the state, signed in as %s (or as %s, who reviews), open %s/lists/%s:
              one entry has a newer version, to be accepted or held; /calls/fractions waits for reviews.
              The district follows that list and leaves one entry out: %s/lists/%s
  7. Command line, while it runs:
              go run ./cmd/commonplace search fractions --data %s
              go run ./cmd/commonplace list verify %s/lists/%s

Ctrl-C stops both.
`, took.Seconds(), state.Config.BaseURL, district.Config.BaseURL, district.Config.BaseURL, demoTeacher, demoPassword,
		state.Config.BaseURL, district.Config.BaseURL, demoEditor, demoEditor, demoReviewer, state.Config.BaseURL, demoList, district.Config.BaseURL, demoDistrictList,
		district.Config.Data, state.Config.BaseURL, demoList)
}

// FreshFolder makes a temporary folder for a demonstration, and returns what removes it.
func FreshFolder() (dir string, remove func() error, err error) {
	dir, err = os.MkdirTemp("", "commonplace-")
	return dir, func() error { return os.RemoveAll(dir) }, err
}

package app_test

import (
	"context"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/browser"
	"github.com/commonplace-oer/commonplace/internal/slowline"
)

// TestLargestPaintOnSlowLines measures when readers on slow lines see the largest part of each kind of page, and prints it
// beside what the model of the line says of the page's bytes. It asserts nothing: that is what the weights are for. It runs
// when it is asked for, alone on an idle machine:
//
//	SLOWLINES=1 go test ./internal/app -run TestLargestPaintOnSlowLines -v -timeout 30m
func TestLargestPaintOnSlowLines(t *testing.T) {
	if os.Getenv("SLOWLINES") == "" {
		return
	}
	b := browser.New(t)
	m := withManyPages(t, 10_000)
	for _, line := range []slowline.Line{slowline.Slow3G, slowline.Edge} {
		t.Logf("%s, TLS 1.3 modeled: largest paint, whole page by the model, bytes", line.Name)
		for _, k := range m.kinds {
			if k.member || k.failed || k.form != nil || k.cookie != "" {
				continue
			}
			w := onTheWire(t, m.Visitor, k) // and the server has it ready
			inner, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
			require.NoError(t, err)
			l := slowline.Listen(inner, line)
			go l.Forward(strings.TrimPrefix(m.URL, "http://"))
			p := b.Page(t)
			p.SetViewport(360, 640, false)
			p.Open("http://" + inner.Addr().String() + k.path)
			paint := time.Duration(p.LargestPaint() * float64(time.Millisecond)).Round(10 * time.Millisecond)
			l.Cut()
			t.Logf("%6v %6v %6d %s", paint, line.Time(w.page).Round(10*time.Millisecond), w.page, k.name)
		}
	}
}

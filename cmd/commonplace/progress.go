package main

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows how far something has come: a bar on a terminal, nothing elsewhere, where each thing done has a line.
type progress struct {
	bar   *progressbar.ProgressBar
	total int
}

func (s *session) progress(what string, total int) *progress {
	if !s.terminal || s.json {
		return &progress{}
	}
	if total == 0 {
		total = -1
	}
	return &progress{total: total, bar: progressbar.NewOptions(total,
		progressbar.OptionSetWriter(s.err), progressbar.OptionSetDescription(what), progressbar.OptionShowCount(),
		progressbar.OptionThrottle(50*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(30))}
}

func (p *progress) step() {
	if p.bar != nil {
		_ = p.bar.Add(1) // a bar that cannot be drawn stops nothing
	}
}

func (p *progress) set(done, total int) {
	if p.bar == nil {
		return
	}
	if total > 0 && total != p.total {
		p.total = total
		p.bar.ChangeMax(total)
	}
	_ = p.bar.Set(done)
}

func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}

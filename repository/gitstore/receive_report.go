package gitstore

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// pushReport tells the pusher what happens and what happened.
type pushReport struct {
	req    *pushRequest
	out    *pktWriter
	unpack string
}

func newPushReport(w io.Writer, req *pushRequest) *pushReport {
	return &pushReport{req: req, out: &pktWriter{w: w}, unpack: "ok"}
}

// maxSaid bounds one message to the pusher.
const maxSaid = 4000

// say sends lines to the pusher's terminal. They hold what others wrote: nothing of it may control the terminal.
func (r *pushReport) say(format string, args ...any) {
	if !r.req.sideband {
		return
	}
	text := fmt.Sprintf(format, args...)
	if len(text) > maxSaid {
		text = text[:maxSaid] + " …"
	}
	for line := range strings.Lines(text) {
		r.out.line("%c%s\n", rune(bandProgress), printable(line))
	}
}

// progress is say for those who did not ask for quiet.
func (r *pushReport) progress(format string, args ...any) {
	if !r.req.quiet {
		r.say(format, args...)
	}
}

func printable(line string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\n' || c == '\r':
			return -1
		case !unicode.IsPrint(c) && c != '\t':
			return '?'
		}
		return c
	}, strings.ToValidUTF8(line, "?"))
}

// send reports what became of each command.
func (r *pushReport) send(commands []*command) error {
	if !r.req.status {
		if r.req.sideband {
			r.out.flush()
		}
		return r.out.err
	}
	band := &bandWriter{w: r.out.w}
	to := &pktWriter{w: band}
	if !r.req.sideband {
		to.w = r.out.w
	}
	to.line("unpack %s\n", r.unpack)
	for _, c := range commands {
		if c.reason != "" {
			to.line("ng %s %s\n", printable(c.ref), printable(c.reason))
			continue
		}
		to.line("ok %s\n", c.ref)
		if r.req.status2 && c.as != c.ref {
			to.line("option refname %s\n", c.as)
		}
	}
	to.flush()
	if to.err != nil || !r.req.sideband {
		return errors.Join(r.out.err, to.err)
	}
	if r.out.err == nil {
		r.out.err = band.send()
	}
	r.out.flush()
	return r.out.err
}

// plainReason is an error in a line, without the words that only tell programs its kind.
func plainReason(err error) string {
	var refused *Refusal
	if errors.As(err, &refused) {
		return refused.Reason
	}
	text := err.Error()
	for _, k := range []error{kind.ErrInvalid, kind.ErrDenied, kind.ErrConflict} {
		text = strings.ReplaceAll(text, k.Error()+": ", "")
	}
	if len(text) > 300 {
		text = text[:300] + " …"
	}
	return printable(text)
}

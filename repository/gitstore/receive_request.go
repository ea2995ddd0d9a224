package gitstore

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

const receivePack = "git-receive-pack"

// pushCapabilities are what receive-pack can do.
const pushCapabilities = "report-status report-status-v2 delete-refs side-band-64k quiet atomic ofs-delta push-options " +
	"object-format=sha1 agent=commonplace"

const (
	maxPushOptions = 100
	zeroHash       = "0000000000000000000000000000000000000000"
)

// pushRequest is what a client asks of receive-pack, up to the pack.
type pushRequest struct {
	commands []*command
	options  []string
	status   bool // the client wants a report
	status2  bool // and understands renamed refs in it
	sideband bool
	quiet    bool
	atomic   bool
}

// command asks for one ref to be changed.
type command struct {
	ref      string
	old, new Hash   // "" where there is none
	reason   string // why it is refused; "" while it is not
	forced   bool
	as       string // the ref that is written
	number   int    // of a suggestion
}

func (c *command) refuse(format string, args ...any) {
	if c.reason == "" {
		c.reason = fmt.Sprintf(format, args...)
	}
}

func (c *command) suggests() bool { return c.ref == suggestRef }

// readPush reads a request up to its pack. No commands are no error.
func readPush(in *bufio.Reader) (*pushRequest, error) {
	lines := newPktReader(in)
	req := new(pushRequest)
	wantsOptions := false
	for {
		line, err := lines.next()
		if errors.Is(err, io.EOF) || err == nil && line == nil {
			break
		}
		if err != nil {
			return nil, err
		}
		text, caps, first := strings.Cut(string(line), "\x00")
		if strings.HasPrefix(text, "shallow ") {
			continue // what is missing will be missed
		}
		c, err := readCommand(text)
		if err != nil {
			return nil, err
		}
		if first && len(req.commands) > 0 || len(req.commands) >= maxRefs {
			return nil, refusal("a command is damaged, or there are too many")
		}
		if first {
			if wantsOptions, err = req.capabilities(caps); err != nil {
				return nil, err
			}
		}
		req.commands = append(req.commands, c)
	}
	for wantsOptions && len(req.commands) > 0 {
		line, err := lines.next()
		if errors.Is(err, io.EOF) || err == nil && line == nil {
			break
		}
		if err != nil {
			return nil, err
		}
		if len(req.options) >= maxPushOptions {
			return nil, refusal("there are too many push options")
		}
		req.options = append(req.options, string(line))
	}
	return req, nil
}

func readCommand(line string) (*command, error) {
	old, rest, ok := strings.Cut(line, " ")
	next, ref, ok2 := strings.Cut(rest, " ")
	_, err := parseHash(old)
	_, err2 := parseHash(next)
	if !ok || !ok2 || ref == "" || err != nil || err2 != nil {
		return nil, refusal(fmt.Sprintf("%.60q is not a command", line))
	}
	c := &command{ref: ref, as: ref, old: old, new: next}
	if c.old == zeroHash {
		c.old = ""
	}
	if c.new == zeroHash {
		c.new = ""
	}
	return c, nil
}

func (req *pushRequest) capabilities(list string) (options bool, err error) {
	for c := range strings.FieldsSeq(list) {
		switch name, value, _ := strings.Cut(c, "="); name {
		case "report-status":
			req.status = true
		case "report-status-v2":
			req.status, req.status2 = true, true
		case "side-band-64k":
			req.sideband = true
		case "quiet":
			req.quiet = true
		case "atomic":
			req.atomic = true
		case "push-options":
			options = true
		case "object-format":
			if value != "sha1" {
				return false, refusal(fmt.Sprintf("the object format %.20q is not supported", value))
			}
		case "push-cert":
			return false, refusal("signed pushes are not supported")
		}
	}
	return options, nil
}

// agrees tells whether a manifest has the refs that the client believes in.
func (req *pushRequest) agrees(m Manifest) bool {
	for _, c := range req.commands {
		if m.Refs[c.ref] != c.old && !c.suggests() {
			return false
		}
	}
	return true
}

// needsPack tells whether a pack follows: it does unless refs are only deleted.
func (req *pushRequest) needsPack() bool {
	for _, c := range req.commands {
		if c.new != "" {
			return true
		}
	}
	return false
}

// done tells whether nothing is left to be done.
func (req *pushRequest) done() bool { return len(req.open()) == 0 }

// open are the commands that are not refused.
func (req *pushRequest) open() (all []*command) {
	for _, c := range req.commands {
		if c.reason == "" {
			all = append(all, c)
		}
	}
	return all
}

func (req *pushRequest) refuseAll(reason string) {
	for _, c := range req.commands {
		c.refuse("%s", reason)
	}
}

// settle refuses all commands of an atomic push where one is refused.
func (req *pushRequest) settle() {
	if req.atomic && len(req.open()) < len(req.commands) {
		req.refuseAll("atomic push failed")
	}
}

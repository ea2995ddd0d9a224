package gitstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// capabilities2 are what upload-pack can do in protocol version 2, as gitprotocol-v2(5) has it.
var capabilities2 = []string{
	"version 2",
	"agent=commonplace",
	"ls-refs=unborn",
	"fetch=shallow wait-for-done filter",
	"object-format=sha1",
}

// speaksVersion2 reads the header Git-Protocol: a list of keys and values, with colons between them.
func speaksVersion2(header string) bool {
	return slices.Contains(strings.Split(header, ":"), "version=2")
}

// advertise2 answers GET info/refs in version 2. A repository that was seen once exists for ever, for manifests are never
// deleted, so the bucket is asked only by the request for the refs that follows.
func (s *Store) advertise2(ctx context.Context, at Location, w io.Writer) error {
	if _, seen := s.views.get(at); !seen {
		if _, err := s.Open(ctx, at); err != nil {
			return err
		}
	}
	out := &pktWriter{w: w}
	for _, line := range capabilities2 {
		out.line("%s\n", line)
	}
	out.flush()
	return out.err
}

// uploadPack2 answers one request in version 2.
func (s *Store) uploadPack2(ctx context.Context, at Location, in *pktReader, out *pktWriter) error {
	command, more, err := readCommand2(in)
	switch {
	case err != nil:
		return tell(out, err)
	case command == "ls-refs":
		return s.listRefs2(ctx, at, in, more, out)
	case command == "fetch":
		return s.fetch2(ctx, at, in, more, out)
	case command == "":
		return nil // the client has no more requests
	}
	return tell(out, refusal(fmt.Sprintf("the command %.20q is not supported", command)))
}

// readCommand2 reads the head of a request: the command, and capabilities that were advertised. It tells whether arguments
// follow.
func readCommand2(in *pktReader) (command string, more bool, err error) {
	for {
		is, line, err := in.packet()
		switch {
		case errors.Is(err, io.EOF) && command == "":
			return "", false, nil
		case errors.Is(err, io.EOF):
			return "", false, refusal("the request is cut off")
		case err != nil:
			return "", false, err
		case is != pktLine:
			if command == "" && is == pktDelim {
				return "", false, refusal("there is no command")
			}
			return command, is == pktDelim, nil
		}
		switch key, value, _ := strings.Cut(string(line), "="); {
		case key == "command" && command == "" && value != "":
			command = value
		case key == "agent":
		case key == "object-format" && value == "sha1":
		case key == "object-format":
			return "", false, refusal(fmt.Sprintf("the object format %.20q is not supported", value))
		default:
			return "", false, refusal(fmt.Sprintf("%.40q is not a capability of this server", line))
		}
	}
}

// arguments2 reads the arguments of a command, each split after its first word, up to the flush that ends them.
func arguments2(in *pktReader, more bool, take func(word, rest string) (known bool, err error)) error {
	for more {
		is, line, err := in.packet()
		switch {
		case errors.Is(err, io.EOF), err == nil && is == pktDelim:
			return refusal("the request does not end with a flush")
		case err != nil:
			return err
		case is == pktFlush:
			return nil
		}
		word, rest, _ := strings.Cut(string(line), " ")
		known, err := take(word, rest)
		if err == nil && !known {
			err = refusal(fmt.Sprintf("the argument %.20q is not supported", word))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// maxPrefixes bounds the prefixes that refs are compared with. Beyond it all refs are told, as the protocol allows.
const maxPrefixes = 1000

// listRefs2 answers the command ls-refs, with what is there now.
func (s *Store) listRefs2(ctx context.Context, at Location, in *pktReader, more bool, out *pktWriter) error {
	var peel, symrefs, unborn bool
	var prefixes []string
	count := 0
	err := arguments2(in, more, func(word, rest string) (bool, error) {
		switch word {
		case "peel":
			peel = true
		case "symrefs":
			symrefs = true
		case "unborn":
			unborn = true
		case "ref-prefix":
			if count++; count <= maxPrefixes {
				prefixes = append(prefixes, rest)
			}
		default:
			return false, nil
		}
		return true, nil
	})
	if err != nil {
		return tell(out, err)
	}
	r, err := s.Open(ctx, at)
	if err != nil {
		return err
	}
	all, err := r.shown(ctx)
	if err != nil {
		return tell(out, err)
	}
	told := func(name string) bool {
		return count == 0 || count > maxPrefixes ||
			slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) })
	}
	if r.Head() == "" && unborn && symrefs && told("HEAD") {
		out.line("unborn HEAD symref-target:%s\n", r.manifest.Head)
	}
	for _, ref := range all {
		if !told(ref.name) {
			continue
		}
		line := ref.id + " " + ref.name
		if symrefs && ref.name == "HEAD" {
			line += " symref-target:" + r.manifest.Head
		}
		if peel && ref.peeled != "" {
			line += " peeled:" + ref.peeled
		}
		out.line("%s\n", line)
	}
	out.flush()
	return out.err
}

package repository

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// judgeAll judges the license of every resource of a publication: by what it was made from, by the parts that it gathers,
// and by the grant that paid for it.
func (s *Service) judgeAll(ctx context.Context, list []Resource, contents []content, unknown map[string][]string) (problems metadata.Problems, err error) {
	nodes := map[string]metadata.Node{}
	for _, c := range contents {
		nodes[c.path] = c.node
	}
	for _, r := range list {
		node := nodes[r.Address.Part]
		if r.Deleted || len(unknown[node.File]) > 0 {
			continue
		}
		if refused := s.judge(r); refused != nil {
			problems = append(problems, licenseProblem(node, refused))
		}
		if p, found, err := s.partsProblem(ctx, node, r, list); err != nil {
			return nil, err
		} else if found {
			problems = append(problems, p)
		}
		if p, found := fundingProblem(node, r.Unit != ""); found {
			problems = append(problems, p)
		}
	}
	return problems, nil
}

// judge says why a resource may not be published under its license, given all that it was made from, or nil.
func (s *Service) judge(r Resource) *LicenseError {
	if len(r.Metadata.Sources) == 0 && len(r.Metadata.Assets) == 0 {
		return nil
	}
	g, ref := s.Graph(r)
	answer := licensing.Evaluate(licensing.Question{
		Mode: licensing.Adaptation, Graph: g, Target: ref, Output: r.License,
	})
	if answer.Verdict == licensing.Allowed || answer.Verdict == licensing.AllowedNotRecommended {
		return nil
	}
	own := func(reason licensing.Reason) bool { return reason.Code == licensing.Violation(ref) } // says no more than the verdict
	return &LicenseError{
		Wanted: r.License, Verdict: answer.Verdict, Reasons: slices.DeleteFunc(answer.Reasons, own),
		Allowed: offered(g.Outputs(licensing.Adaptation, g.Works[0].From)),
	}
}

// offered lists what may be chosen of some options.
func offered(options []licensing.Option) []licensing.ID {
	var ids []licensing.ID
	for _, o := range options {
		if o.Offered() {
			ids = append(ids, o.ID)
		}
	}
	return ids
}

// licenseProblem says where in a folder a license is refused and what to write instead.
func licenseProblem(node metadata.Node, e *LicenseError) metadata.Problem {
	reasons := make([]string, 0, len(e.Reasons))
	for _, r := range e.Reasons {
		reasons = append(reasons, r.Text)
	}
	remedy := "no license would do: leave out the source that forbids it, or ask its creators"
	if len(e.Allowed) > 0 {
		remedy = "use " + strings.Join(texts(e.Allowed), ", ")
	}
	return metadata.Problem{
		File: node.File, Line: node.Document.Line("license"), Severity: metadata.Error, Code: "license-refused",
		Message: fmt.Sprintf("the sources forbid the license %s: %s", e.Wanted, strings.Join(reasons, " ")),
		Remedy:  remedy,
	}
}

func texts(ids []licensing.ID) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = string(id)
	}
	return list
}

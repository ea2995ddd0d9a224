package repository

import (
	"fmt"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// Funding says whether a resource's license satisfies the rules of the grant that paid for it; false where no grant is
// named. What the resource was made from limits what its license can be, and some rules take that into account.
func Funding(r Resource) (licensing.Answer, bool) {
	return fundingOf(r.Metadata, r.License)
}

func fundingOf(m metadata.Metadata, license licensing.ID) (licensing.Answer, bool) {
	f := m.Funding
	if f == nil || f.Funder == "" {
		return licensing.Answer{}, false
	}
	grant := licensing.Grant{
		Funder: f.Funder, Program: f.Program, Kind: f.Kind, Announced: f.Announced, Awarded: f.Awarded, Signed: f.Signed,
		NewWork: len(m.Sources) == 0 && m.TranslationOf == nil,
	}
	best := licensing.Evaluate(licensing.Question{Mode: licensing.Policy, Grant: &grant, Output: license})
	for _, old := range earlier(m.Sources) {
		if best.Verdict != licensing.NotCompliant {
			break
		}
		grant.Modifies = old // the one that leaves no choice decides
		best = licensing.Evaluate(licensing.Question{Mode: licensing.Policy, Grant: &grant, Output: license})
	}
	return best, true
}

// earlier are the licenses of all that a resource was made from.
func earlier(sources []metadata.Source) []licensing.ID {
	g := graph{seen: map[string]bool{}}
	g.add(sources)
	var ids []licensing.ID
	for _, w := range g.works {
		if !slices.Contains(ids, w.License) {
			ids = append(ids, w.License)
		}
	}
	return ids
}

// fundingProblem warns of a license that does not satisfy the grant, and of one that somebody must look at. It is no
// error: what a grant asks for is an agreement between others.
func fundingProblem(node metadata.Node, part bool) (metadata.Problem, bool) {
	answer, funded := fundingOf(node.Metadata, node.License)
	if !funded || answer.Verdict != licensing.NotCompliant && answer.Verdict != licensing.ConflictReview {
		return metadata.Problem{}, false
	}
	if part && node.Document.Line("license") == 0 && node.Document.Line("funding") == 0 {
		return metadata.Problem{}, false // the unit has been told
	}
	reason := answer.Reasons[0]
	p := metadata.Problem{
		File: node.File, Line: node.Document.Line("license"), Severity: metadata.Warning, Code: "funding-license",
		Message: fmt.Sprintf("the grant may ask for another license than %s. %s %s", node.License, reason.Text, reason.Clause),
		Remedy:  "read the grant agreement",
	}
	if p.Line == 0 {
		p.Line = max(node.Document.Line("funding"), 1)
	}
	if answer.Verdict == licensing.ConflictReview {
		p.Code = "funding-review"
		p.Message = fmt.Sprintf("somebody must compare the license %s with the grant. %s %s", node.License, reason.Text, reason.Clause)
		p.Remedy = "ask the funder"
	}
	if fit := fitting(node.Metadata); len(fit) > 0 {
		p.Remedy = fmt.Sprintf("%s; the rule is satisfied by %s", p.Remedy, strings.Join(texts(fit), ", "))
	}
	p.Remedy += "; if another rule applies, say so in funding with program, kind, announced, awarded or signed"
	return p, true
}

// fitting are the licenses that satisfy the grant and that what the resource was made from permits.
func fitting(m metadata.Metadata) []licensing.ID {
	g := graph{seen: map[string]bool{}}
	refs := g.add(m.Sources)
	var ids []licensing.ID
	for _, o := range (licensing.Graph{Works: g.works}).Outputs(licensing.Adaptation, refs) {
		if a, ok := fundingOf(m, o.ID); o.Offered() && ok && a.Verdict == licensing.Compliant {
			ids = append(ids, o.ID)
		}
	}
	return ids
}

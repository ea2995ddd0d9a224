package repository

import "github.com/commonplace-oer/commonplace/licensing"

// Refusal says why nobody may publish a remix of a resource under any license, given all that it was made from; nil where
// there is one that would do.
func (s *Service) Refusal(r Resource) *LicenseError {
	g, ref := s.Graph(r)
	p := RemixPlan{Source: r, Options: g.Outputs(licensing.Adaptation, []string{ref})}
	if p.License() != "" {
		return nil
	}
	return refusal(p, "")
}

package repository

import "context"

// Labels are what revisions are called: the versions of their releases, by revision. Of several versions of one revision it
// is the newest.
type Labels map[Revision]string

// LabelsOf are the labels that a list of releases, the newest first, gives.
func LabelsOf(list []Release) Labels {
	labels := make(Labels, len(list))
	for _, r := range list {
		if _, newer := labels[r.Revision]; !newer {
			labels[r.Revision] = r.Version
		}
	}
	return labels
}

// Of is what a revision is called: its version, or else the seven digits that begin its id.
func (l Labels) Of(r Revision) string {
	if label := l[r]; label != "" {
		return label
	}
	return r[:min(len(r), 7)]
}

// Labels are those of a resource of this server, of a part those of its unit. One that has no releases has none.
func (s *Service) Labels(ctx context.Context, a Address) (Labels, error) {
	list, err := s.Releases(ctx, a)
	return LabelsOf(list), err
}

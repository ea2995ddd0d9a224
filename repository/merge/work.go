package merge

// meter counts the steps that a merge may still take. When they are used up, comparisons are coarse.
type meter struct{ left int }

const (
	defaultWork = 150_000_000
	maxOneDiff  = 30_000_000 // steps of a single comparison
)

func newMeter(work int) *meter {
	if work <= 0 {
		work = defaultWork
	}
	return &meter{left: work}
}

// part is the steps for one comparison. They are counted in the whole when it is done.
func (m *meter) part() (own *meter, done func()) {
	own = &meter{left: min(m.left, maxOneDiff)}
	given := own.left
	return own, func() { m.left -= given - own.left }
}

func (m *meter) spend(n int)     { m.left -= n }
func (m *meter) exhausted() bool { return m.left <= 0 }

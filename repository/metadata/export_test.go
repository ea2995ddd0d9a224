package metadata

// What the vocabularies hold, for tests to go through.
var (
	Grades    = func() []string { return words().grades.names() }
	Audiences = func() []string { return words().audience.names() }
)

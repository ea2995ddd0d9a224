package themes

import "time"

// Conformance is the report on one revision: what machines found, and what a person must look at.
type Conformance struct {
	Title, URL, Language string
	Short                string // of the revision
	Made                 time.Time
	JSON                 string // address of the same as data
	Errors, Warnings     int
	Gates                []GateCheck
	States               []Count // criteria by state
	Criteria             []Success
}

// GateCheck is one check of the release gate. State is passed, warned, failed or none.
type GateCheck struct {
	Name, State string
	Problems    []Problem
}

// Success is a success criterion of WCAG 2.1. State is passed, failed, person or none; By is content or page.
type Success struct {
	Number, Level, State, By string
	Problems                 []Problem
}

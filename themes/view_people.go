package themes

import "time"

// Token gives a program the right to act for a person.
type Token struct {
	ID, Label        string
	Scopes           []string
	Created, Expires time.Time // Expires is zero for never
	Expired          bool
}

// Session is a browser that is signed in.
type Session struct {
	ID, Agent, Method string // Method is the provider's title; "" for a password
	Created           time.Time
	Current           bool
}

// Identity is an account elsewhere that signs in as this one.
type Identity struct {
	Title, Issuer string
	Created       time.Time
	Last          bool // the only way in: it cannot be taken away
}

// TeamLine is a team or board of a person.
type TeamLine struct {
	Name, Title, URL, Kind, Role string
}

// Newcomer asks somebody whom a provider vouched for how they want to be called.
type Newcomer struct {
	Provider            string // its title
	Name, Display, Next string
	Taken, Wrong        bool // the name
}

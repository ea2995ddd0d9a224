package licensing

// Grant is the public money that paid for a work, as far as it decides which rules apply.
type Grant struct {
	Funder    string `json:"funder"`              // "US-ED", "US-DOL", "CA-CCCCO" …
	Program   string `json:"program,omitempty"`   // "TAACCCT", "Open Textbooks Pilot" …
	Kind      string `json:"kind,omitempty"`      // competitive, discretionary, formula, own time
	Announced string `json:"announced,omitempty"` // dates are YYYY-MM-DD
	Awarded   string `json:"awarded,omitempty"`
	Signed    string `json:"signed,omitempty"`
	NewWork   bool   `json:"new_work"`           // false: it modifies what existed before
	Modifies  ID     `json:"modifies,omitempty"` // the license of what it modifies
}

package approval

// Assumptions are what a savings report rests on. They are shown beside every figure.
type Assumptions struct {
	Students int     `json:"students"` // who use each material in a year
	Price    float64 `json:"price"`    // US dollars of the commercial material that it takes the place of, a student
	Years    int     `json:"years"`    // that such a material is used before it is bought again
	Printing float64 `json:"printing"` // US dollars of printing, a student and year
	Share    float64 `json:"share"`    // percent of the material that it takes the place of
}

// DefaultAssumptions are round figures to begin with; they are nobody's measurements.
func DefaultAssumptions() Assumptions {
	return Assumptions{Students: 100, Price: 80, Years: 6, Printing: 5, Share: 100}
}

// Check says what is wrong with assumptions.
func (a Assumptions) Check() error {
	switch {
	case a.Students < 0 || a.Students > 100_000_000:
		return malformed("students", "the number of students is 0 to 100,000,000")
	case !(a.Price >= 0 && a.Price <= 100_000) || !(a.Printing >= 0 && a.Printing <= 100_000):
		return malformed("price", "a price is 0 to 100,000 dollars")
	case a.Years < 1 || a.Years > 100:
		return malformed("years", "a material is used for 1 to 100 years")
	case !(a.Share >= 0 && a.Share <= 100):
		return malformed("share", "the share is 0 to 100 percent")
	}
	return nil
}

// Yearly is what one material saves in a year: the part of the price that falls on a year, less printing. It is negative
// where printing costs more.
func (a Assumptions) Yearly() float64 {
	return float64(a.Students) * (a.Price*a.Share/100/float64(a.Years) - a.Printing)
}

package web

import (
	"strconv"

	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// minutes reads an ISO 8601 duration; what is no duration is 0.
func minutes(iso string) int {
	n, _ := metadata.Minutes(iso)
	return n
}

// duration writes minutes as an ISO 8601 duration; 0 is "".
func duration(minutes int) string {
	switch {
	case minutes <= 0:
		return ""
	case minutes%60 == 0:
		return "PT" + strconv.Itoa(minutes/60) + "H"
	case minutes < 60:
		return "PT" + strconv.Itoa(minutes) + "M"
	}
	return "PT" + strconv.Itoa(minutes/60) + "H" + strconv.Itoa(minutes%60) + "M"
}

package web

import (
	"regexp"
	"strconv"
)

var isoDuration = regexp.MustCompile(`^P(?:(\d{1,3})W)?(?:(\d{1,3})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:\d{1,6}S)?)?$`)

// minutes reads an ISO 8601 duration; what is no duration is 0. A day of school has 24 hours like any other.
func minutes(iso string) int {
	m := isoDuration.FindStringSubmatch(iso)
	if m == nil {
		return 0
	}
	total := 0
	for i, factor := range []int{7 * 24 * 60, 24 * 60, 60, 1} {
		n, _ := strconv.Atoi(m[i+1])
		total += n * factor
	}
	return total
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

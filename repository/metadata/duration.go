package metadata

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var isoDuration = regexp.MustCompile(`^P(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,7})(?:[.,]\d{1,9})?S)?)?$`)

// Minutes reads an ISO 8601 duration such as PT45M. Years and months count 365 and 30 days; what is left of a minute
// counts as a whole one.
func Minutes(duration string) (int, bool) {
	m := isoDuration.FindStringSubmatch(duration)
	if m == nil || strings.HasSuffix(duration, "P") || strings.HasSuffix(duration, "T") {
		return 0, false
	}
	seconds := 0
	for i, each := range []int{365 * 86400, 30 * 86400, 7 * 86400, 86400, 3600, 60, 1} {
		n, _ := strconv.Atoi(m[i+1])
		seconds += n * each
	}
	return (seconds + 59) / 60, true
}

var spokenDuration = regexp.MustCompile(`^(?:(\d{1,3}) ?(?:h|hr|hrs|hour|hours|hora|horas))? ?(?:(\d{1,4}) ?(?:m|min|mins|minute|minutes|minuto|minutos|'))?$`)

// durationOf guesses what ISO 8601 duration somebody meant; "" if there is no telling.
func durationOf(text string) string {
	text = strings.TrimSuffix(strings.ToLower(strings.TrimSpace(text)), ".")
	if n, err := strconv.Atoi(text); err == nil && n > 0 && n <= 600 {
		return fmt.Sprintf("PT%dM", n)
	}
	m := spokenDuration.FindStringSubmatch(text)
	if m == nil || m[1] == "" && m[2] == "" {
		return ""
	}
	out := "PT"
	if m[1] != "" {
		out += trimZero(m[1]) + "H"
	}
	if m[2] != "" {
		out += trimZero(m[2]) + "M"
	}
	return out
}

// minutesText writes a number of minutes as an ISO 8601 duration.
func minutesText(minutes int) string {
	switch {
	case minutes >= 1440 && minutes%1440 == 0:
		return fmt.Sprintf("P%dD", minutes/1440)
	case minutes >= 60 && minutes%60 == 0:
		return fmt.Sprintf("PT%dH", minutes/60)
	}
	return fmt.Sprintf("PT%dM", minutes)
}

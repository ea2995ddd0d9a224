package app_test

import (
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestServePages serves one page of every kind for other programs to look at, such as Lighthouse and vnu, until the file
// that PAGES_SERVED names is removed. The file then has a line for each kind: its name, its address, the cookies of its
// reader, and the form that it is the answer to, separated by tabs.
//
//	PAGES_SERVED=/tmp/pages.tsv go test ./internal/app -run TestServePages -timeout 0
//
// RESOURCES says how many resources there are besides (1,000).
func TestServePages(t *testing.T) {
	file := os.Getenv("PAGES_SERVED")
	if file == "" {
		return
	}
	n, err := strconv.Atoi(os.Getenv("RESOURCES"))
	if err != nil {
		n = 1000
	}
	m := withManyPages(t, n)
	at, err := url.Parse(m.URL)
	require.NoError(t, err)
	var cookies []string
	for _, c := range m.SignIn(t, "kim", "").Client.Jar.Cookies(at) {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	var b strings.Builder
	for _, k := range m.kinds {
		cookie := k.cookie
		if k.member {
			cookie = strings.Join(cookies, "; ")
		}
		fmt.Fprintf(&b, "%s\t%s\t%s\t%s\n", k.name, m.URL+k.path, cookie, k.form.Encode())
	}
	require.NoError(t, os.WriteFile(file, []byte(b.String()), 0o600))
	for {
		if _, err := os.Stat(file); err != nil {
			return
		}
		time.Sleep(time.Second)
	}
}

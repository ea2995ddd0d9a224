package federationtest_test

import (
	"testing"
	"time"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/federation/federationtest"
)

func TestMemoryRecords(t *testing.T) {
	federationtest.RunRecords(t, func(_ *testing.T, now func() time.Time) (federation.Records, func(federationtest.Put)) {
		m := federationtest.NewRecords(now)
		return m, m.Put
	})
}

func TestMemoryInbox(t *testing.T) {
	federationtest.RunInbox(t, func(*testing.T) (federation.Inbox, func(string) map[string]federationtest.Held) {
		m := federationtest.NewInbox()
		return m, m.Held
	})
}

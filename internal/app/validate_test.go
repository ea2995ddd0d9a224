package app_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation/oaipmh/validate"
)

func TestServersPassTheValidator(t *testing.T) {
	_, state, district := twoServers(t)
	state.Withdraw(t, "state-math/how-many-scoops")
	district.Harvest(t, state)
	for _, address := range []string{state.URL, district.URL} {
		report, err := validate.Run(t.Context(), address+"/oai", validate.Options{Deep: true})
		require.NoError(t, err)
		assert.True(t, report.Complete)
		for _, r := range report.Results {
			if r.ID == "identify-email-real" { // the tests' servers have nobody's
				continue
			}
			assert.NotEqual(t, validate.Failed, r.Outcome, "%s %s %s: %v", address, r.Level, r.ID, r.Found)
		}
	}
}

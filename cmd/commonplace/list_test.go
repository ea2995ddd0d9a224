package main

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/commonplace-oer/commonplace/repository/approval"
)

func TestOnlyKeysThatMaySignListsAreTrusted(t *testing.T) {
	key := approval.AuthorizedKey(make([]byte, 32))
	for line, trusted := range map[string]bool{
		key:                    true,
		key + " the state's":   true,
		"state.example " + key: true,
		`state.example namespaces="commonplace-list" ` + key: true,
		"":                                      false,
		"# " + key:                              false,
		"#state.example " + key:                 false,
		`state.example namespaces="git" ` + key: false,
		`state.example cert-authority ` + key:   false,
		`state.example namespaces="commonplace-list",valid-before="20200101" ` + key:        false,
		`state.example valid-before="20200101",namespaces="commonplace-list" ` + key + " x": false,
	} {
		_, ok := trustedKey(line)
		assert.Equal(t, trusted, ok, line)
	}
}

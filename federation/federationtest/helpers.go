package federationtest

import (
	"context"
	"testing"

	"github.com/commonplace-oer/commonplace/repository/metadata"
)

func described(title string) metadata.Metadata {
	return metadata.Metadata{
		Title: title, Language: "en", License: "CC BY 4.0", Type: metadata.Lesson, Creators: []metadata.Agent{{Name: "Rosa Delgado"}},
	}
}

func contextWithCancel(t *testing.T) (context.Context, context.CancelFunc) {
	return context.WithCancel(t.Context())
}

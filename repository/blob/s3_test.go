package blob_test

import (
	"testing"

	"github.com/commonplace-oer/commonplace/repository/blob"
	"github.com/commonplace-oer/commonplace/repository/blob/blobtest"
)

func TestS3(t *testing.T) {
	gateway := blobtest.VersityGW(t)
	blobtest.Run(t, func(t *testing.T) blob.Store { return gateway.Open(t) })
}

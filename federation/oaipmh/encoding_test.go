package oaipmh

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCompressionIsNegotiated(t *testing.T) {
	for header, want := range map[string]bool{
		"": false, "gzip": true, "GZIP": true, "x-gzip": true, "deflate": false, "identity": false, "*": true, "*;q=0": false,
		"gzip;q=0": false, "gzip;q=0.000, *": false, "gzip; q=0.5": true, "deflate, gzip;q=0.1": true, "identity, gzip;q=0.5": false,
		"identity;q=0.5, gzip;q=0.5": true, "gzip;q=0.2, identity;q=0": true, "gzip;q=x": false, "gzip;q=-1": false, "gzip;q=NaN": false,
		"gzip;level=1;q=0.3": true, "br;q=1.0, *;q=0.1": true, ",,gzip": true,
	} {
		assert.Equal(t, want, AcceptsGzip(header), header)
	}
}

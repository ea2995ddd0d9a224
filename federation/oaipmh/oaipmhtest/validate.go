// Package oaipmhtest checks answers against the official schemas of OAI-PMH, with everything that is embedded in them.
package oaipmhtest

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

//go:embed xsd
var schemas embed.FS

// Schema is a schema beside the official ones, for metadata that an answer embeds.
type Schema struct {
	Namespace string
	XSD       []byte
}

var official = [][2]string{
	{"http://www.openarchives.org/OAI/2.0/", "OAI-PMH.xsd"},
	{"http://www.openarchives.org/OAI/2.0/oai_dc/", "oai_dc.xsd"},
	{"http://www.openarchives.org/OAI/2.0/oai-identifier", "oai-identifier.xsd"},
	{"http://www.openarchives.org/OAI/2.0/friends/", "friends.xsd"},
	{"http://www.openarchives.org/OAI/2.0/provenance", "provenance.xsd"},
	{"http://www.openarchives.org/OAI/2.0/rights/", "rightsManifest.xsd"},
	{"http://www.openarchives.org/OAI/2.0/branding/", "branding.xsd"},
}

// Validator runs xmllint. Without it, tests are skipped, and fail where CI is true.
type Validator struct {
	dir string
}

// New unpacks the schemas for a test.
func New(t testing.TB, more ...Schema) *Validator {
	t.Helper()
	if _, err := exec.LookPath("xmllint"); err != nil {
		const how = "xmllint is missing: apt-get install libxml2-utils"
		if os.Getenv("CI") == "true" {
			t.Fatal(how)
		}
		t.Skip(how)
	}
	v := &Validator{dir: t.TempDir()}
	files, err := fs.Sub(schemas, "xsd")
	require.NoError(t, err)
	require.NoError(t, os.CopyFS(v.dir, files))
	var all strings.Builder
	all.WriteString(`<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified">` + "\n")
	for _, s := range official {
		fmt.Fprintf(&all, `<xs:import namespace="%s" schemaLocation="%s"/>`+"\n", s[0], s[1])
	}
	for i, s := range more {
		name := fmt.Sprintf("more-%d.xsd", i)
		require.NoError(t, os.WriteFile(filepath.Join(v.dir, name), s.XSD, 0o600))
		fmt.Fprintf(&all, `<xs:import namespace="%s" schemaLocation="%s"/>`+"\n", s.Namespace, name)
	}
	all.WriteString("</xs:schema>\n")
	require.NoError(t, os.WriteFile(filepath.Join(v.dir, "all.xsd"), []byte(all.String()), 0o600))
	return v
}

// Check returns what xmllint has against the document, or nil. It never asks the network.
func (v *Validator) Check(doc []byte) error {
	cmd := exec.Command("xmllint", "--nonet", "--noout", "--schema", filepath.Join(v.dir, "all.xsd"), "-")
	cmd.Dir = v.dir
	cmd.Env = append(os.Environ(), "XML_CATALOG_FILES="+filepath.Join(v.dir, "catalog.xml"))
	cmd.Stdin = bytes.NewReader(doc)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// Valid fails the test if the document does not keep its schemas.
func (v *Validator) Valid(t testing.TB, doc []byte) {
	t.Helper()
	require.NoError(t, v.Check(doc), "%s", doc)
}

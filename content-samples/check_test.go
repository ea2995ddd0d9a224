package samples_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	samples "github.com/commonplace-oer/commonplace/content-samples"
	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/commonplace-oer/commonplace/repository/render"
	"github.com/commonplace-oer/commonplace/repository/standards"
)

// each calls f with every resource and every part of one, after the check that publishing makes.
func each(t *testing.T, f func(t *testing.T, address string, n metadata.Node, found metadata.Problems)) {
	t.Helper()
	addresses, err := fs.Glob(samples.Content(), "*/*")
	require.NoError(t, err)
	require.NotEmpty(t, addresses)
	for _, address := range addresses {
		t.Run(address, func(t *testing.T) {
			folder, err := fs.Sub(samples.Content(), address)
			require.NoError(t, err)
			tree, found := metadata.Check(folder, metadata.CheckOptions{})
			for _, n := range tree.Root.All() {
				f(t, address, n, found)
			}
		})
	}
}

func TestEveryResourceMayBePublished(t *testing.T) {
	each(t, func(t *testing.T, _ string, n metadata.Node, found metadata.Problems) {
		assert.Empty(t, found.String())
		license, ok := licensing.Lookup(n.License)
		assert.True(t, ok, "%s: %s", n.File, n.Metadata.License)
		assert.True(t, license.Adaptable, "%s: %s", n.File, n.Metadata.License)
	})
}

func TestEveryAlignmentResolves(t *testing.T) {
	names, err := fs.Glob(samples.Frameworks(), "*.json")
	require.NoError(t, err)
	var imported []*standards.Framework
	for _, name := range names {
		f, err := samples.Frameworks().Open(name)
		require.NoError(t, err)
		framework, err := standards.ReadCASE(f, strings.TrimSuffix(name, ".json"))
		require.NoError(t, err, name)
		assert.Empty(t, framework.Problems, name)
		imported = append(imported, framework)
	}
	library := standards.NewLibrary(imported...)
	each(t, func(t *testing.T, _ string, n metadata.Node, _ metadata.Problems) {
		a := n.Metadata.Alignments
		for _, codes := range [][]string{a.Teaches, a.Assesses, a.Requires} {
			for _, code := range codes {
				assert.Equal(t, standards.Exact, library.Resolve(code).Resolution, "%s: %s", n.File, code)
			}
		}
	})
}

func TestEveryPageRendersAndKeepsAnswersFromStudents(t *testing.T) {
	renderer, err := render.New(render.Options{})
	require.NoError(t, err)
	each(t, func(t *testing.T, address string, n metadata.Node, _ metadata.Problems) {
		view := render.View{
			Audience: render.Teacher, Base: "/r/" + address, Folder: n.Path,
			Language: n.Metadata.Language, Source: n.File, Line: n.Document.BodyLine,
		}
		teacher, err := renderer.Render(n.Body, view)
		require.NoError(t, err)
		assert.Empty(t, teacher.Problems, n.File)
		view.Audience = render.Student
		student, err := renderer.Render(n.Body, view)
		require.NoError(t, err)
		if strings.Contains(string(n.Body), "\n::: teacher") {
			assert.Greater(t, len(teacher.Text), len(student.Text), n.File)
		}
		for _, heading := range student.Outline {
			for _, answers := range []string{"Answers", "Respuestas", "Key, 15 points"} {
				assert.NotEqual(t, answers, heading.Text, n.File)
			}
		}
	})
}

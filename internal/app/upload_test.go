package app_test

import (
	"archive/zip"
	"bytes"
	"mime/multipart"
	"testing"

	"github.com/stretchr/testify/require"
)

// zipped is an archive of texts by name.
func zipped(t *testing.T, files map[string]string) []byte {
	t.Helper()
	return archive(t, func(z *zip.Writer) {
		for name, text := range files {
			w, err := z.Create(name)
			require.NoError(t, err)
			_, err = w.Write([]byte(text))
			require.NoError(t, err)
		}
	})
}

func archive(t *testing.T, fill func(z *zip.Writer)) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	fill(z)
	require.NoError(t, z.Close())
	return b.Bytes()
}

// multipartForm is what a browser sends for a form with a file.
func multipartForm(t *testing.T, fields map[string]string, name string, file []byte) (mediaType string, body []byte) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for field, value := range fields {
		require.NoError(t, m.WriteField(field, value))
	}
	w, err := m.CreateFormFile("file", name)
	require.NoError(t, err)
	_, err = w.Write(file)
	require.NoError(t, err)
	require.NoError(t, m.Close())
	return m.FormDataContentType(), b.Bytes()
}

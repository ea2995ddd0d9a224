package app

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"regexp"
	"strings"

	"github.com/commonplace-oer/commonplace/internal/config"
	"github.com/commonplace-oer/commonplace/repository/blob"
)

// settings are what a repository must keep for as long as it lives: they are in the bucket.
type settings struct {
	Identifier string `json:"repository_identifier"` // the middle of every OAI identifier
	Secret     []byte `json:"secret"`                // signs resumption tokens; the same on every node
}

const (
	settingsKey = "backup/settings.json"
	maxBackup   = 256 << 20
)

// domain is the form that the OAI identifier guidelines ask of a repository identifier.
var domain = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9-]*(\.[a-zA-Z][a-zA-Z0-9-]*)+$`)

// loadSettings reads the bucket's settings, and makes them where the bucket is new.
func loadSettings(ctx context.Context, bucket blob.Store, c config.Config) (settings, error) {
	var s settings
	err := readJSON(ctx, bucket, settingsKey, &s)
	if err == nil && (s.Identifier == "" || len(s.Secret) == 0) {
		return s, fmt.Errorf("%s in the bucket is damaged: it has no identifier or no secret; restore it from a backup", settingsKey)
	}
	if err == nil {
		return s.rename(ctx, bucket, c)
	}
	if !errors.Is(err, blob.ErrNotFound) {
		return s, err
	}
	s.Secret = make([]byte, 32)
	if _, err := rand.Read(s.Secret); err != nil {
		return s, err
	}
	if s.Identifier, err = newIdentifier(c); err != nil {
		return s, err
	}
	b, err := json.Marshal(s)
	if err != nil {
		return s, err
	}
	_, err = bucket.Put(ctx, settingsKey, bytes.NewReader(b), blob.IfAbsent())
	if errors.Is(err, blob.ErrConflict) {
		return s, readJSON(ctx, bucket, settingsKey, &s) // another node was first
	}
	return s, err
}

// rename takes another identifier as long as nothing was published under the one there is.
func (s settings) rename(ctx context.Context, bucket blob.Store, c config.Config) (settings, error) {
	if c.Identifier == "" || strings.EqualFold(c.Identifier, s.Identifier) {
		return s, nil
	}
	for _, err := range bucket.List(ctx, "f/") {
		if err == nil {
			err = fmt.Errorf("repository-identifier %s: this bucket's resources are already known to the world under %s; leave the setting out",
				c.Identifier, s.Identifier)
		}
		return s, err
	}
	identifier, err := newIdentifier(c)
	if err != nil {
		return s, err
	}
	s.Identifier = identifier
	b, err := json.Marshal(s)
	if err != nil {
		return s, err
	}
	_, err = bucket.Put(ctx, settingsKey, bytes.NewReader(b), blob.Always())
	return s, err
}

// newIdentifier is what the operator says, else the domain of the base URL, else a random name that no one else has.
func newIdentifier(c config.Config) (string, error) {
	if c.Identifier != "" {
		if !domain.MatchString(c.Identifier) {
			return "", fmt.Errorf("repository-identifier %q: use a domain name such as oer.example.org", c.Identifier)
		}
		return strings.ToLower(c.Identifier), nil
	}
	if u, err := url.Parse(c.BaseURL); err == nil && net.ParseIP(u.Hostname()) == nil && domain.MatchString(u.Hostname()) {
		return strings.ToLower(u.Hostname()), nil
	}
	b := make([]byte, 6)
	if _, err := rand.Read(b); err != nil {
		return "", err
	}
	return "r" + hex.EncodeToString(b) + ".commonplace.invalid", nil
}

func readJSON(ctx context.Context, bucket blob.Store, key string, v any) error {
	b, err := readBlob(ctx, bucket, key, maxBackup)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%s in the bucket is damaged: %w", key, err)
	}
	return nil
}

func readBlob(ctx context.Context, bucket blob.Store, key string, limit int64) ([]byte, error) {
	object, err := bucket.Get(ctx, key, blob.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	defer object.Body.Close()
	if object.Size > limit {
		return nil, fmt.Errorf("read %s: it has %d bytes, more than the %d that this program takes", key, object.Size, limit)
	}
	return io.ReadAll(object.Body)
}

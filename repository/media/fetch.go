package media

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// MediaType is that of requests and answers of the git LFS API.
const MediaType = "application/vnd.git-lfs+json"

const (
	fetchBatch  = 100     // objects asked for at once
	fetchAnswer = 4 << 20 // bytes of an answer about them
)

// Fetch brings files from another server by the git LFS API of a repository there and stores those that are what their
// pointers say. The client guards which addresses may be reached. What the other server does not do is kind.ErrUnavailable.
func (s *Store) Fetch(ctx context.Context, client *http.Client, git string, list []Pointer) error {
	var total int64
	for _, p := range list {
		if err := s.Check(p); err != nil {
			return err
		}
		if total += p.Size; total > s.o.Max {
			return fmt.Errorf("fetch media from %s: %w: together they have more than %d bytes", git, ErrTooLarge, s.o.Max)
		}
	}
	endpoint := strings.TrimSuffix(strings.TrimSuffix(git, "/"), ".git") + ".git/info/lfs/objects/batch"
	for batch := range slices.Chunk(list, fetchBatch) {
		answer, err := ask(ctx, client, endpoint, batch)
		if err != nil {
			return fmt.Errorf("fetch media from %s: %w", git, err)
		}
		for _, p := range batch {
			if err := s.fetchOne(ctx, client, p, answer); err != nil {
				return fmt.Errorf("fetch media %s from %s: %w", p.OID, git, err)
			}
		}
	}
	return nil
}

func ask(ctx context.Context, client *http.Client, endpoint string, list []Pointer) (BatchAnswer, error) {
	question := BatchRequest{Operation: "download", Transfers: []string{Basic}, HashAlgo: HashAlgo}
	for _, p := range list {
		question.Objects = append(question.Objects, Object{OID: p.OID, Size: p.Size})
	}
	body, err := json.Marshal(question)
	if err != nil {
		return BatchAnswer{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil {
		return BatchAnswer{}, err
	}
	req.Header.Set("Accept", MediaType)
	req.Header.Set("Content-Type", MediaType)
	resp, err := client.Do(req)
	if err != nil {
		return BatchAnswer{}, fmt.Errorf("%w: %w", kind.ErrUnavailable, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return BatchAnswer{}, fmt.Errorf("%w: its large files are not to be had by git LFS: it answered %s", kind.ErrUnavailable, resp.Status)
	}
	var answer BatchAnswer
	if err := json.NewDecoder(io.LimitReader(resp.Body, fetchAnswer)).Decode(&answer); err != nil {
		return BatchAnswer{}, fmt.Errorf("%w: the answer of its git LFS API cannot be read: %w", kind.ErrUnavailable, err)
	}
	return answer, nil
}

func (s *Store) fetchOne(ctx context.Context, client *http.Client, p Pointer, answer BatchAnswer) error {
	i := slices.IndexFunc(answer.Objects, func(o Object) bool { return o.OID == p.OID })
	if i < 0 || answer.Objects[i].Actions["download"].Href == "" {
		return fmt.Errorf("%w: it is not offered", kind.ErrUnavailable)
	}
	action := answer.Objects[i].Actions["download"]
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, action.Href, nil)
	if err != nil {
		return err
	}
	for name, value := range action.Header {
		req.Header.Set(name, value)
	}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("%w: %w", kind.ErrUnavailable, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%w: the answer is %s", kind.ErrUnavailable, resp.Status)
	}
	if err = s.Put(ctx, p, resp.Body); errors.Is(err, ErrContent) {
		return fmt.Errorf("%w: what was sent is not what the pointer says", kind.ErrUnavailable) // by no fault of who asked
	}
	return err
}

package app_test

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/apptest"
	"github.com/commonplace-oer/commonplace/internal/config"
)

// lesson is a folder with a lesson. What is not said is left as it is in every other one.
func lesson(title, text string) fstest.MapFS {
	return fstest.MapFS{"index.md": {Data: []byte(lessonText(title, text))}}
}

func lessonText(title, text string) string {
	return fmt.Sprintf(`---
title: %s
description: A lesson about %s.
type: lesson
language: en
license: CC BY-SA 4.0
creators: [{name: Rosa Delgado}]
subjects: [mathematics]
grades: [5]
alignments: {teaches: [5.NF.B.3]}
---

%s
`, title, strings.ToLower(title), text)
}

// twoServers are a state with the samples and a district that has just harvested it.
func twoServers(t *testing.T, settings ...func(*config.Config)) (w *apptest.World, state, district *apptest.Server) {
	t.Helper()
	w = apptest.New(t)
	state = w.Server(t, "state", func(c *config.Config) { c.Name = "State OER Repository" })
	district = w.Server(t, "district", func(c *config.Config) {
		c.Name, c.Theme = "Maplewood School District", "maplewood"
		for _, set := range settings {
			set(c)
		}
	})
	for _, s := range []*apptest.Server{state, district} {
		s.ImportFrameworks(t)
	}
	state.PublishSamples(t)
	run := district.Harvest(t, state)
	require.Greater(t, run.New, 20)
	require.Zero(t, run.Quarantined, run.Warnings)
	return w, state, district
}

// oneServer is a server with one lesson of rosa's, and rosa and maria, who may write to their own namespaces only.
func oneServer(t *testing.T, settings ...func(*config.Config)) (s *apptest.Server, rosa, maria *apptest.Visitor) {
	t.Helper()
	s = apptest.New(t).Server(t, "server", func(c *config.Config) {
		for _, set := range settings {
			set(c)
		}
	})
	s.Publish(t, "rosa/halves", lesson("Halves", "Fold the paper twice."))
	return s, s.SignIn(t, "rosa", accounts.Author), s.SignIn(t, "maria", accounts.Author)
}

// found is an answer of the search API.
type found struct {
	Total int `json:"total"`
	Hits  []hit
}

type hit struct {
	ID, URL, Title, License, Source string
}

func (f found) titles() []string {
	titles := []string{}
	for _, h := range f.Hits {
		titles = append(titles, h.Title)
	}
	return titles
}

func search(t *testing.T, s *apptest.Server, query string) (f found) {
	t.Helper()
	a := s.Get(t, "/api/v1/search?q="+url.QueryEscape(query))
	require.Equal(t, http.StatusOK, a.Status, a.Body)
	a.JSON(t, &f)
	return f
}

// problem is an answer of the API that something cannot be done.
type problem struct {
	Type, Title, Detail, Instance, Revision, Current string
	Status                                           int
	Problems                                         []struct {
		File, Code, Message, Remedy, Severity string
		Line                                  int
	}
	Allowed []string
}

// refused is the problem of an answer that must be one.
func refused(t *testing.T, a apptest.Answer, status int) (p problem) {
	t.Helper()
	require.Equal(t, status, a.Status, a.Body)
	require.Equal(t, "application/problem+json", a.Header.Get("Content-Type"))
	a.JSON(t, &p)
	require.Equal(t, status, p.Status)
	require.NotEmpty(t, p.Title)
	return p
}

// record is one of a list that a harvester gets.
type record struct {
	Header struct {
		Status     string   `xml:"status,attr"`
		Identifier string   `xml:"identifier"`
		Datestamp  string   `xml:"datestamp"`
		Sets       []string `xml:"setSpec"`
	} `xml:"header"`
	Metadata struct {
		XML string `xml:",innerxml"`
	} `xml:"metadata"`
}

// harvestable is what an OAI-PMH client gets by ListRecords, all pages of it, by identifier.
func harvestable(t *testing.T, s *apptest.Server, prefix string) map[string]record {
	t.Helper()
	all := map[string]record{}
	ask := "/oai?verb=ListRecords&metadataPrefix=" + prefix
	for range 100 {
		var answer struct {
			Error string   `xml:"error"`
			List  []record `xml:"ListRecords>record"`
			Token string   `xml:"ListRecords>resumptionToken"`
		}
		body := s.Page(t, ask)
		require.NoError(t, xml.Unmarshal([]byte(body), &answer), body)
		require.Empty(t, answer.Error)
		for _, r := range answer.List {
			require.NotContains(t, all, r.Header.Identifier, "a record came twice")
			all[r.Header.Identifier] = r
		}
		if answer.Token == "" {
			return all
		}
		ask = "/oai?verb=ListRecords&resumptionToken=" + url.QueryEscape(answer.Token)
	}
	require.Fail(t, "the list does not end")
	return nil
}

var markup = regexp.MustCompile(`(?s)<style.*?</style>|<[^>]*>`)

// read is what a reader sees of a page, roughly.
func read(page string) string {
	return strings.Join(strings.Fields(markup.ReplaceAllString(page, " ")), " ")
}

// has fails the test for every text that a page lacks, and shows the page as a reader sees it rather than its markup.
func has(t *testing.T, page string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(page, want) {
			assert.Fail(t, "not on the page: "+want, "%.1500s", read(page))
		}
	}
}

// hasNot fails the test for every text that a page has.
func hasNot(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(page, text) {
			assert.Fail(t, "on the page: "+text, "%.1500s", read(page))
		}
	}
}

// harvested is the page at a server of what it harvested from another; the title must be the only one of its kind.
func harvested(t *testing.T, at *apptest.Server, title string) (page string) {
	t.Helper()
	for _, h := range search(t, at, `"`+title+`"`).Hits {
		if h.Title == title && h.Source != "own" {
			require.Empty(t, page, "two are called %s", title)
			page = "/id/" + h.ID
			require.Equal(t, at.URL+page, h.URL)
		}
	}
	require.NotEmpty(t, page, "nothing harvested is called %s", title)
	return page
}

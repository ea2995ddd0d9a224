package web

import (
	"github.com/commonplace-oer/commonplace/repository/approval"
	"github.com/commonplace-oer/commonplace/themes"
)

// findings are what machines found, in a reader's language where its sentences are known; they are in English otherwise, as
// those of peers with newer programs are.
func (s *Server) findings(list []approval.Finding, lang string) []themes.Finding {
	views := make([]themes.Finding, len(list))
	for i, f := range list {
		v := themes.Finding{Check: f.Check, Grade: string(f.Grade), Summary: f.Summary, URL: web(f.URL), Language: "en"}
		if said, ok := s.said(lang, "finding.said."+f.Code, f.Values); ok && f.Code != "" {
			v.Summary, v.Language = said, ""
		}
		for n, text := range f.Details {
			d := themes.Detail{Text: text, Language: "en"}
			if n < len(f.Notes) {
				d = s.detail(text, f.Notes[n], lang)
			}
			v.Details = append(v.Details, d)
		}
		views[i] = v
	}
	return views
}

// detail is one detail of a finding in a reader's language.
func (s *Server) detail(english string, n approval.Note, lang string) themes.Detail {
	if in := n.In[lang]; in != "" {
		return themes.Detail{Text: in}
	}
	if lang == "en" {
		return themes.Detail{Text: english}
	}
	if whole := n.Before + n.After; n.Code == "" && whole != "" { // a name, or a standard's code
		return themes.Detail{Text: whole}
	}
	if said, ok := s.said(lang, n.Code, nil); ok {
		return themes.Detail{Text: n.Before + said + n.After}
	}
	return themes.Detail{Text: english, Language: "en"}
}

// said is a message in a language, if there is one.
func (s *Server) said(lang, key string, values map[string]string) (string, bool) {
	pairs := make([]any, 0, 2*len(values))
	for name, value := range values {
		pairs = append(pairs, name, value)
	}
	text := s.o.Theme.Text(lang, key, pairs...)
	return text, text != key
}

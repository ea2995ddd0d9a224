package apptest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/federation"
	"github.com/commonplace-oer/commonplace/licensing"
	"github.com/commonplace-oer/commonplace/repository/metadata"
)

// What a crowd is made of: words that are long, as Spanish titles are, and what lists show beside them.
var (
	crowdTitles = [...]string{
		"Representación y comparación de fracciones equivalentes con tiras de papel", "Interpretación de gráficas de precipitación acumulada durante la temporada de huracanes",
		"Construcción colectiva de un pluviómetro con materiales reciclados", "Características de los ecosistemas de agua dulce y sus cadenas alimentarias",
		"Argumentación oral y escrita a partir de fuentes históricas contradictorias", "Responsabilidades ciudadanas y participación comunitaria en el gobierno municipal",
		"Programación de instrucciones condicionales para desplazamientos en la cuadrícula", "Investigación sobre la descomposición de desperdicios orgánicos en el patio escolar",
	}
	crowdUses = [...]string{
		"una unidad interdisciplinaria para comunidades multilingües", "con actividades diferenciadas y evaluación formativa", "secuencia didáctica de cinco sesiones con guía para familias",
		"versión ampliada para estudiantes que aprenden inglés como segunda lengua",
	}
	crowdPeople   = [...]string{"María de los Ángeles Fernández-Villaseñor", "Departamento de Educación Primaria y Secundaria del Estado", "José Ignacio Etxeberria Goikoetxea", "Asociación Interestatal de Docentes de Ciencias Naturales"}
	crowdSubjects = [...]string{"mathematics", "science", "english language arts", "social studies", "computer science", "health", "arts", "music"}
	crowdTypes    = [...]metadata.Type{"lesson", "unit", "activity", "assessment", "text"}
	crowdGrades   = [...]string{"K", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"}
	crowdLicenses = [...]licensing.ID{"CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC0-1.0", "CC-BY-NC-SA-4.0", ""}
	crowdCodes    = [...]string{"CCSS.MATH.CONTENT.5.NF.B.3", "CCSS.MATH.CONTENT.4.NF.A.1", "CCSS.MATH.CONTENT.3.NF.A.1", "CCSS.MATH.CONTENT.6.RP.A.1", "CCSS.MATH.CONTENT.5.NF.B.4"}
)

// Crowd fills a server with n harvested resources with long Spanish titles, of four peers, without asking anybody. They are
// the same every time.
func (s *Server) Crowd(t testing.TB, n int) {
	t.Helper()
	const peers, page = 4, 500
	for p := range peers {
		name := fmt.Sprintf("estado-%d", p+1)
		require.NoError(t, s.App.Catalog.SavePeer(t.Context(), federation.Peer{
			Name: name, Title: fmt.Sprintf("Repositorio estatal de recursos educativos abiertos %d", p+1), URL: "https://" + name + ".example.org/oai",
			Namespace: name + ".example.org", Interval: time.Hour, Added: crowdStart, Paused: true, // nobody is asked, by name or otherwise
		}))
		run, err := s.App.Catalog.Begin(t.Context(), federation.Run{Peer: name, Started: crowdStart})
		require.NoError(t, err)
		var records []federation.Harvested
		commit := func() {
			t.Helper()
			_, err := s.App.Catalog.Commit(t.Context(), federation.Page{Run: run.ID, Peer: name, At: crowdStart, State: federation.State{Round: 1}, Records: records})
			require.NoError(t, err)
			records = records[:0]
		}
		for i := p; i < n; i += peers {
			if records = append(records, crowdRecord(name, i)); len(records) == page {
				commit()
			}
		}
		commit()
		run.Finished, run.Complete = crowdStart.Add(time.Minute), true
		_, err = s.App.Catalog.End(t.Context(), federation.Ending{Run: run, State: federation.State{Round: 1}})
		require.NoError(t, err)
	}
	require.NoError(t, s.App.CatchUp(t.Context()))
}

var crowdStart = time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)

func crowdRecord(peer string, i int) federation.Harvested {
	title := fmt.Sprintf("%s: %s (%d)", crowdTitles[i*7%len(crowdTitles)], crowdUses[i/3%len(crowdUses)], i)
	license := crowdLicenses[i*i%len(crowdLicenses)]
	grade := i * 5 % len(crowdGrades)
	m := metadata.Metadata{
		Title: title, Description: title + ". El alumnado formula preguntas, reúne evidencias y comunica sus conclusiones ante la comunidad escolar, con apoyos visuales y lingüísticos en cada etapa.",
		Language: [...]string{"es", "es", "es", "en", "vi"}[i%5], Type: crowdTypes[i/2%len(crowdTypes)], License: string(license), Time: fmt.Sprintf("PT%dM", 15+i%8*15),
		Creators: []metadata.Agent{{Name: crowdPeople[i%len(crowdPeople)]}, {Name: crowdPeople[(i+1)%len(crowdPeople)]}},
		Subjects: []string{crowdSubjects[i/5%len(crowdSubjects)]}, Grades: crowdGrades[grade:min(grade+1+i%3, len(crowdGrades))],
	}
	if i%3 == 0 {
		m.Alignments.Teaches = []string{crowdCodes[i%len(crowdCodes)]}
	}
	id := fmt.Sprintf("oai:%s.example.org:%d", peer, i)
	return federation.Harvested{
		Identifier: id, Datestamp: crowdStart, Prefix: federation.DublinCore, Raw: []byte("<dc>" + title + "</dc>"), Metadata: m, License: license,
		URL: fmt.Sprintf("https://%s.example.org/recursos/%d", peer, i), Modified: crowdStart.Add(-time.Duration(i) * time.Minute),
	}
}

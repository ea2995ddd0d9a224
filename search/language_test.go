package search_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/search"
)

// Each query is in another form than the one text that it should find; the first of the others has the same letters in
// another language.
func TestWordsAreFoundInOtherFormsByLanguage(t *testing.T) {
	texts := []struct{ language, title, body, query string }{
		{"fr", "Les nombres", "Les élèves comparent des fractions égales dans l'exercice.", "fraction exercices"},
		{"de", "Zahlen", "Die Häuser einer Straße werden gezählt.", "Haus Straßen"},
		{"pt-BR", "Números", "Os alunos medem as plantas crescidas.", "planta crescido"},
		{"it", "Numeri", "Gli alunni misurano le piante dell'orto.", "pianta orto"},
		{"nl", "Getallen", "De leerlingen tellen de bloemen.", "leerling bloem"},
		{"ru", "Числа", "Ученики измеряют длины сторон.", "ученик длина"},
		{"sv", "Tal", "Eleverna räknar blommorna.", "elever blomma"},
		{"da", "Tal", "Børnene tegner cirklerne.", "barnet tegne cirkler"},
		{"nb", "Tall", "Elevene måler sidene.", "elev side måle"},
		{"fi", "Luvut", "Oppilaat mittaavat kulmia.", "oppilas kulma"},
		{"hu", "Számok", "A tanulók megmérik a virágokat.", "tanuló virág"},
		{"ro", "Numere", "Elevii desenează cercuri.", "elev cercurile"},
		{"tr", "Sayılar", "Öğrenciler çiçekleri sayıyor.", "öğrenci çiçek"},
		{"ar", "أعداد", "يقيس الطلاب المثلثات", "المثلث طلاب"},
		{"es", "Números", "Los estudiantes comparan fracciones equivalentes.", "comparar fracción equivalente"},
		{"en", "Numbers", "Students compare equivalent fractions.", "comparing fraction"},
	}
	var docs []search.Document
	for _, x := range texts {
		docs = append(docs, search.Document{ID: x.language, Language: x.language, Title: x.title, Body: x.body})
	}
	x := filled(t, docs)
	for _, c := range texts {
		t.Run(c.language, func(t *testing.T) {
			got := find(t, x, c.query)
			require.NotEmpty(t, got.Hits)
			assert.Equal(t, c.language, got.Hits[0].ID)
			q, _ := search.ParseQuery(c.query)
			assert.NotEmpty(t, x.Highlighter(q, got.Hints).Snippet(c.body, c.language, 0).Spans, "marked in the snippet")
		})
	}
}

func TestWordsOfScriptsWithoutBlanks(t *testing.T) {
	x := filled(t, []search.Document{
		{ID: "fractions", Language: "zh", Title: "数学", Body: "学生比较分数的大小。"},
		{ID: "apart", Language: "zh", Title: "数学", Body: "部分学生报数。"},
		{ID: "japanese", Language: "ja", Title: "算数", Body: "分数の足し算をします。"},
	})
	got := find(t, x, "分数")
	assert.ElementsMatch(t, []string{"fractions", "japanese"}, ids(got), "the characters stand together")
	assert.Equal(t, "japanese", find(t, x, "分数の足し算").Hits[0].ID)
}

func TestArticlesOfOtherLanguagesSayLittle(t *testing.T) {
	x := filled(t, []search.Document{
		{ID: "dice", Language: "en", Title: "A die", Body: "Roll the die and count the dots."},
		{ID: "houses", Language: "de", Title: "Häuser", Body: "Häuser werden gezählt, auch die alten."},
		{ID: "streets", Language: "de", Title: "Die Straßen, die wir zählen", Body: "Die Straßen, die Wege, die Plätze: die."},
		{ID: "trees", Language: "de", Title: "Die Bäume", Body: "Die Bäume und die Blätter."},
		{ID: "water", Language: "de", Title: "Die Wasser", Body: "Die Flüsse und die Seen."},
		{ID: "stars", Language: "de", Title: "Die Sterne", Body: "Die Sterne und die Sonnen."},
	})
	assert.Equal(t, "houses", find(t, x, "die Häuser").Hits[0].ID)
	assert.Equal(t, 1, find(t, x, "die Häuser").Total)
}

func TestWordsThatAreWrittenTogetherAndApart(t *testing.T) {
	x := filled(t, []search.Document{
		{ID: "hyphen", Title: "Models", Body: "A part-whole model shows it."},
		{ID: "one", Title: "Letters", Body: "They write an email to a pen pal."},
		{ID: "code", Title: "Chance", Body: "Call random.randint and my_function.Then run it."},
		{ID: "elided", Title: "Corps", Language: "fr", Body: "Le cœur de l'homme et l’eau."},
		{ID: "possessive", Title: "Trade", Body: "A nation's wealth; they don't know."},
	})
	for query, want := range map[string]string{
		"part-whole": "hyphen", "part whole": "hyphen", "partwhole": "hyphen", `"part whole"`: "hyphen",
		"e-mail": "one", "email": "one",
		"randint": "code", "random.randint": "code", "my_function": "code", "function": "code", `"then run"`: "code",
		"homme": "elided", "l'homme": "elided", "eau": "elided",
		"nation": "possessive", "nation's": "possessive", "don't": "possessive",
	} {
		t.Run(query, func(t *testing.T) {
			got := find(t, x, query)
			require.NotEmpty(t, got.Hits)
			assert.Equal(t, want, got.Hits[0].ID)
		})
	}
}

package metadata_test

import (
	"testing"

	"github.com/commonplace-oer/commonplace/repository/metadata"
	"github.com/stretchr/testify/assert"
)

func TestVocabulariesAreThoseOfTheFormat(t *testing.T) {
	assert.Equal(t, []string{"PK", "K", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "HE", "adult"}, metadata.Grades())
	assert.Equal(t, []metadata.Type{metadata.Lesson, metadata.Unit, metadata.Activity, metadata.Assessment, metadata.Text,
		metadata.Media, metadata.Guide, metadata.Framework, metadata.List}, metadata.Types())
	assert.Equal(t, []string{"student", "teacher", "parent", "administrator"}, metadata.Audiences())
}

func TestSubjectsHaveOneName(t *testing.T) {
	for spelling, want := range map[string]string{
		"Math": "mathematics", "MATEMÁTICAS": "mathematics", "ELA": "english language arts", "Earth  Science.": "earth science",
		"http://w3id.org/kim/schulfaecher/s1017": "mathematics", "https://w3id.org/kim/schulfaecher/s1017/": "mathematics",
	} {
		got, _ := metadata.ReadRecord("oai_dc", []byte("<dc><subject>"+spelling+"</subject></dc>"))
		assert.Equal(t, []string{want}, got.Metadata.Subjects, spelling)
	}
}

// TestGradesAreReadAsPeopleWriteThem goes through a harvested record, as foreign spellings do.
func TestGradesAreReadAsPeopleWriteThem(t *testing.T) {
	for spelling, want := range map[string][]string{
		"5": {"5"}, "05": {"5"}, "Grade 5": {"5"}, "5th grade": {"5"}, "fifth grade": {"5"}, "5.º grado": {"5"}, "Kindergarten": {"K"}, "KG": {"K"},
		"K-2": {"K", "1", "2"}, "Grades 3–5": {"3", "4", "5"}, "3 to 5": {"3", "4", "5"}, "Pre-K": {"PK"}, "PK-1": {"PK", "K", "1"},
		"Middle School": {"6", "7", "8"}, "Upper Primary": {"3", "4", "5"}, "High School": {"9", "10", "11", "12"},
		"https://w3id.org/kim/educationalLevel/level_1": {"K", "1", "2", "3", "4", "5"}, "https://w3id.org/kim/educationalLevel/level_A": {"HE"},
		"Community College / Lower Division": nil, "5-3": nil, "13": nil, "0-4": nil, "age 9": nil,
	} {
		got, problems := metadata.ReadLRMI([]byte(`{"name":"T","license":"CC0-1.0","educationalLevel":"` + spelling + `"}`))
		assert.Equal(t, want, got.Metadata.Grades, spelling)
		assert.Equal(t, want == nil, len(problems) > 0, spelling)
	}
}

func TestLanguagesAreReadAsPeopleWriteThem(t *testing.T) {
	for spelling, want := range map[string]string{
		"en": "en", "ENG": "en", "en_US": "en-US", "English": "en", "Español": "es", "spa": "es", "ger": "de", "zh-Hant": "zh-Hant", "中文": "zh",
		"klingonisch": "", "x": "", "und": "",
	} {
		got, _ := metadata.ReadLRMI([]byte(`{"name":"T","inLanguage":"` + spelling + `"}`))
		assert.Equal(t, want, got.Metadata.Language, spelling)
	}
}

func TestMinutesReadsISODurations(t *testing.T) {
	for text, want := range map[string]int{"PT45M": 45, "PT1H30M": 90, "P1D": 1440, "PT90S": 2, "P1W": 10080, "PT0M": 0, "P1DT1H": 1500, "PT1.5S": 1} {
		got, ok := metadata.Minutes(text)
		assert.True(t, ok, text)
		assert.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "P", "PT", "P1DT", "45", "45M", "T45M", "-PT1H", "PT1H1H", "pt5m"} {
		_, ok := metadata.Minutes(text)
		assert.False(t, ok, text)
	}
}

package licensing

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// current is the chart's license in version 4.0.
func current(name string) ID {
	switch name {
	case "PD", "CC-PDM-1.0":
		return PublicDomainMark
	case "PD(CC0)", "CC0-1.0":
		return CC0
	}
	return ID(name + "-4.0")
}

func TestRemixChart(t *testing.T) {
	var file struct {
		Chart struct{ Order, Rows []string } `json:"cc_remix_chart"`
	}
	readTestdata(t, "charts.json", &file)
	cells := 0
	for i, row := range file.Chart.Rows {
		for j := range row {
			a, b := current(file.Chart.Order[i]), current(file.Chart.Order[j])
			t.Run(string(a)+" with "+string(b), func(t *testing.T) {
				got := Chart{Name: RemixChart}.Judge(a, b)
				assert.Equal(t, row[j] == '1', got.Verdict == Allowed || got.Verdict == AllowedNotRecommended, "%s", got.Verdict)
			})
			cells++
		}
	}
	require.Equal(t, 64, cells)
}

func TestAdaptersLicenseChart(t *testing.T) {
	var file struct {
		Chart struct {
			Columns []string
			Rows    map[string]string
		} `json:"cc_adapters_licence_chart"`
	}
	readTestdata(t, "charts.json", &file)
	want := map[byte]Verdict{'g': Allowed, 'y': AllowedNotRecommended, 'x': NotAllowed}
	cells := 0
	for source, row := range file.Chart.Rows {
		for j, column := range file.Chart.Columns {
			src, out := current(source), current(column)
			t.Run(string(src)+" into "+string(out), func(t *testing.T) {
				got := Chart{Name: AdapterChart}.Judge(src, out)
				assert.Equal(t, want[row[j]], got.Verdict)
			})
			cells++
		}
	}
	require.Equal(t, 49, cells)
}

func TestCollectionChart(t *testing.T) {
	var file struct {
		Chart struct{ Rows map[string]string } `json:"cc_collection_chart"`
	}
	readTestdata(t, "charts.json", &file)
	columns := [2][]ID{{CCBY, CCBYSA, CCBYND}, {CCBYNC, CCBYNCSA, CCBYNCND}}
	cells := 0
	for source, row := range file.Chart.Rows {
		for j, outs := range columns {
			src := current(source)
			t.Run(string(src)+" in a "+[]string{"commercial", "noncommercial"}[j]+" collection", func(t *testing.T) {
				for _, out := range outs {
					got := Chart{Name: CollectionChart}.Judge(src, out)
					assert.Equal(t, row[j] == '1', got.Verdict == Allowed, "%s: %s", out, got.Verdict)
				}
			})
			cells++
		}
	}
	require.Equal(t, 14, cells)
}

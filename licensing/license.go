package licensing

// License is what is known of one license or rights status.
type License struct {
	ID          ID     `json:"id"`
	SPDX        string `json:"spdx,omitempty"`    // the id in the SPDX list; empty where it has none
	Short       string `json:"short"`             // "CC BY-SA 4.0"
	Title       string `json:"title"`             // its official title
	Family      string `json:"family"`            // "CC", "GFDL", "status" …
	Version     string `json:"version,omitempty"` // "4.0"; empty where not stated
	Port        string `json:"port,omitempty"`    // "US", "IGO", "SCOTLAND"; empty for international licenses
	URL         string `json:"url,omitempty"`     // the address to link to
	Open        bool   `json:"open"`              // conforms to the Open Definition
	OER         bool   `json:"oer"`               // open enough for the UNESCO recommendation on OER
	Adaptable   bool   `json:"adaptable"`         // adaptations may be made and shared
	Commercial  bool   `json:"commercial"`        // commercial use is permitted
	Shareable   bool   `json:"shareable"`         // unchanged copies may be shared
	Attribution bool   `json:"attribution"`       // credit is a duty
	ShareAlike  bool   `json:"shareAlike"`        // adaptations must carry the same license or a permitted successor
	NotALicense bool   `json:"notALicense"`       // a status or a mark: nobody can license a new work with it
	Unclear     bool   `json:"unclear"`           // a person has to read the terms: not cleared until then
}

// Lookup returns what is known of a license or rights status; false if the id does not exist. Families whose version is
// not stated ("CC-BY") are known as well.
func Lookup(id ID) (License, bool) {
	r := loadFacts().record(id)
	if r == nil {
		return License{}, false
	}
	return r.License, true
}

// Current are the licenses that Creative Commons recommends for new works, the most open first.
func Current() []ID {
	return []ID{CC0, CCBY, CCBYSA, CCBYNC, CCBYNCSA, CCBYND, CCBYNCND}
}

// Plain says what a reader may and must do, in plain words, one sentence each. Languages: "en" and "es"; any other
// language is answered in English.
func (l License) Plain(lang string) []string {
	r := loadFacts().record(l.ID)
	t := plainTexts(lang)
	if r == nil {
		return []string{t.unclear}
	}
	switch r.class {
	case classPD, classDesignation, classClaim:
		return []string{t.free, t.courtesy}
	case classUSGov:
		return []string{t.freeUS, t.courtesy}
	case classClosed:
		return []string{t.closed}
	case classException:
		return []string{t.exception}
	case classUnclear, classUnassessed:
		return []string{t.unclear}
	}
	var out []string
	add := func(is bool, yes, no string) {
		if is && yes != "" {
			out = append(out, yes)
		} else if !is && no != "" {
			out = append(out, no)
		}
	}
	add(l.Adaptable, t.adapt, t.shareOnly)
	add(l.Commercial, t.commercial, t.noncommercial)
	add(l.Attribution, t.credit, "")
	add(l.ShareAlike, t.sameLicense, "")
	if r.unversion {
		out = append(out, t.noVersion)
	}
	return out
}

type plain struct {
	free, freeUS, courtesy, closed, exception, unclear               string
	adapt, shareOnly, commercial, noncommercial, credit, sameLicense string
	noVersion                                                        string
}

func plainTexts(lang string) plain {
	if spanish(lang) {
		return plain{
			free: "Puede copiarlo, modificarlo y compartirlo sin pedir permiso.", freeUS: "En Estados Unidos puede copiarlo, modificarlo y compartirlo sin pedir permiso; en otros países pueden existir derechos.",
			courtesy: "No es obligatorio citar al autor, pero es una cortesía.", closed: "No puede copiarlo ni modificarlo sin permiso. Puede enlazarlo.",
			exception: "Es un fragmento de otra obra usado al amparo de una excepción: su licencia no cubre este uso.", unclear: "No se sabe qué permite: no está autorizado su uso hasta que alguien lea las condiciones.",
			adapt: "Puede copiarlo, modificarlo, traducirlo y compartirlo.", shareOnly: "Puede copiarlo y compartirlo entero y sin cambios, pero no compartir versiones modificadas.",
			commercial: "También puede usarlo con fines comerciales.", noncommercial: "Solo con fines no comerciales.",
			credit: "Debe dar crédito a sus autores, enlazar la licencia e indicar los cambios.", sameLicense: "Si lo modifica, debe compartir el resultado con la misma licencia.",
			noVersion: "No se indica la versión de la licencia.",
		}
	}
	return plain{
		free: "You may copy, change and share it without asking.", freeUS: "In the United States you may copy, change and share it without asking; rights may exist in other countries.",
		courtesy: "Credit is not a duty, but it is good manners.", closed: "You may not copy or change it without permission. You may link to it.",
		exception: "It is an excerpt of another work, used under an exception to copyright: no license covers it.", unclear: "It is not known what it permits: it is not cleared for use until somebody has read its terms.",
		adapt: "You may copy, change, translate and share it.", shareOnly: "You may copy and share it whole and unchanged, but not share changed versions.",
		commercial: "Commercial use is fine, too.", noncommercial: "Only for noncommercial purposes.",
		credit: "You must credit its creators, link to the license and say what you changed.", sameLicense: "If you change it, you must share the result under the same license.",
		noVersion: "The version of the license is not stated.",
	}
}

package licensing

// creditWords are the words of a credit in one language.
type creditWords struct {
	open, shut, untitled, by, and                           string
	licensed, cc0, marked, free, usgov, reserved, unknown   string
	adaptation, translation, into, of, collection           string
	adapted, remains, modified, earlier, disclaimer, period string
	keeps, excluded, exception, withheld                    string
	ogl, odbl, ofDatabase                                   string
	languages                                               map[string]string
}

func creditIn(lang string) creditWords {
	if spanish(lang) {
		return creditWords{
			open: "«", shut: "»", untitled: "Esta obra", by: " de ", and: " y ",
			licensed: " se distribuye bajo la licencia ", cc0: " se ha dedicado al dominio público mediante ",
			marked: " está marcada como libre de restricciones de derechos de autor conocidas (", free: " está en el dominio público.",
			usgov:    " es una obra del Gobierno de los Estados Unidos y allí no tiene derechos de autor (17 U.S.C. § 105); pueden existir derechos en otros países.",
			reserved: ": todos los derechos reservados.", unknown: ": no se conoce su licencia.",
			adaptation: " es una adaptación de ", translation: " es una traducción", into: " al ", of: " de ", collection: " reúne ",
			adapted: " La adaptación se distribuye bajo la licencia ", remains: "; el material original conserva su propia licencia.",
			modified: " Se ha modificado el original: ", earlier: " Modificaciones anteriores: ", disclaimer: " Exención de garantías: ", period: ".",
			keeps:    " conserva su propia licencia; no está incluida en la licencia de esta colección.",
			excluded: " no está incluida en la licencia de esta obra: ", exception: "se usa al amparo de una excepción a los derechos de autor",
			withheld: "Crédito retirado a petición del licenciante.",
			ogl:      "Contiene información del sector público con licencia ", odbl: "Contiene información de ", ofDatabase: ", disponible bajo ",
			languages: map[string]string{"en": "inglés", "es": "español", "fr": "francés", "pt": "portugués", "zh": "chino", "vi": "vietnamita", "ar": "árabe", "ht": "criollo haitiano", "ru": "ruso", "ko": "coreano", "de": "alemán", "tl": "tagalo"},
		}
	}
	return creditWords{
		open: "“", shut: "”", untitled: "This work", by: " by ", and: " and ",
		licensed: " is licensed under ", cc0: " is dedicated to the public domain under ",
		marked: " is marked as free of known copyright restrictions (", free: " is in the public domain.",
		usgov:    " is a work of the United States Government and has no copyright there (17 U.S.C. § 105); rights may exist in other countries.",
		reserved: ": all rights reserved.", unknown: ": its license is not known.",
		adaptation: " is an adaptation of ", translation: " is a translation", into: " into ", of: " of ", collection: " gathers ",
		adapted: " The adaptation is licensed under ", remains: "; the original material remains under its own license.",
		modified: " Modified from the original: ", earlier: " Earlier changes: ", disclaimer: " Warranty disclaimer: ", period: ".",
		keeps:    " keeps its own license; it is not covered by the license of this collection.",
		excluded: " is not covered by the license of this work: ", exception: "it is used under an exception to copyright",
		withheld: "Credit withheld at the licensor’s request.",
		ogl:      "Contains public sector information licensed under the ", odbl: "Contains information from ", ofDatabase: ", made available under ",
		languages: map[string]string{"en": "English", "es": "Spanish", "fr": "French", "pt": "Portuguese", "zh": "Chinese", "vi": "Vietnamese", "ar": "Arabic", "ht": "Haitian Creole", "ru": "Russian", "ko": "Korean", "de": "German", "tl": "Tagalog"},
	}
}

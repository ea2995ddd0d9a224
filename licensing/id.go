package licensing

// ID names a license or a rights status: the SPDX id where one exists ("CC-BY-4.0", "MIT"), the same grammar where none
// does ("CC-BY-NC-SA-3.0-US"), a family whose version is not stated ("CC-BY"), or a status ("LicenseRef-PublicDomain",
// "RS-InC-EDU"). The empty ID is "not cleared": nothing is known that would permit a use.
type ID string

// IDs that callers name themselves.
const (
	NotCleared        ID = ""
	CC0               ID = "CC0-1.0"
	PublicDomainMark  ID = "CC-PDM-1.0"
	CCBY              ID = "CC-BY-4.0"
	CCBYSA            ID = "CC-BY-SA-4.0"
	CCBYNC            ID = "CC-BY-NC-4.0"
	CCBYNCSA          ID = "CC-BY-NC-SA-4.0"
	CCBYND            ID = "CC-BY-ND-4.0"
	CCBYNCND          ID = "CC-BY-NC-ND-4.0"
	AllRightsReserved ID = "LicenseRef-AllRightsReserved"
	Custom            ID = "LicenseRef-Custom"
	UnknownRights     ID = "LicenseRef-Unknown"
	PublicDomain      ID = "LicenseRef-PublicDomain"
	USGovernment      ID = "LicenseRef-PD-USGov"
	NoKnownCopyright  ID = "LicenseRef-NoKnownCopyright"
)

package themes

// Unit is the page on which an upload is looked at before it is published.
type Unit struct {
	Title, Slug, Owner  string
	Owners              []string
	Upload, Name        string // what was uploaded
	New                 bool   // it must not replace anything
	Taken               string // the title of what is at the address already
	Licenses, Languages []Choice
	Problems            []Problem
	Refused             bool // something must be mended first
	Parts               []UnitPart
	Files               []UnitFile
	Size                int64
}

// UnitPart is a resource of an upload: the whole, or a part of it.
type UnitPart struct {
	Path, Title, Type string
	Minutes, Words    int
	License           License
	Depth             int
	Root, Movable     bool
	Proposals         []Proposal
}

// Proposal is a standard that a text may be aligned to, and why: it names the code on a line, or shares words with it.
type Proposal struct {
	Code, Text, URL, Language string
	Named                     bool
	Line                      int
	Shared                    string
	Checked                   bool
}

// UnitFile is a file of an upload. Own says that it has a license of its own.
type UnitFile struct {
	Path    string
	Size    int64
	License License
	Own     bool
	Alt     string
}

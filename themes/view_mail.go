package themes

// MailPage is where a person says where notices are to be sent.
type MailPage struct {
	On          bool // the operator has a server for mail
	Address     string
	Confirmed   bool
	Typed       string
	Wrong, Soon bool // the address is none; another was given a moment ago
	Languages   []string
}

// MailLink is what a link in a mail leads to. Done: it was answered. Stranger: whoever reads the mail had not asked for any,
// and says whether questions and invitations may come.
type MailLink struct {
	Action, Name    string
	Confirmed, Done bool
	Stranger        bool
}

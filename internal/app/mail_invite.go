package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/internal/mail"
)

// Ask sends the question whether an address wants notices, unless whoever reads it has said that none be sent.
func (m *Mail) Ask(ctx context.Context, to accounts.MailAddress) error {
	site := m.app.Config.Name
	return m.stranger(ctx, to.Address, to.Language, mail.Message{
		ID: "ask-" + to.Account, Subject: m.text(to.Language, "mail.ask.subject", "Site", site),
		Text: m.text(to.Language, "mail.ask.text", "Site", site, "Name", to.Account, "URL", m.link(to)),
	})
}

// Invite sends the link of an invitation to an address, unless whoever reads it has said that none be sent.
func (m *Mail) Invite(ctx context.Context, address, lang string, i accounts.Invitation, secret string) error {
	site := m.app.Config.Name
	return m.stranger(ctx, address, lang, mail.Message{
		ID: "invitation-" + i.ID, Subject: m.text(lang, "mail.invite.subject", "Site", site, "Team", i.Title),
		Text: m.text(lang, "mail.invite.text", "Site", site, "Name", i.By, "Team", i.Title, "URL", m.app.Config.BaseURL+"/invitations/"+secret),
	})
}

// stranger writes to an address whose reader has not asked for it: with a link that ends that for the address.
func (m *Mail) stranger(ctx context.Context, address, lang string, message mail.Message) error {
	if err := mail.CheckAddress(address); err != nil {
		return err
	}
	hashed := m.hashed(address)
	if refused, err := m.app.Accounts.RefusesMail(ctx, hashed); err != nil || refused {
		return err
	}
	no := m.app.Config.BaseURL + "/mail/-/" + hashed + m.proof(hashed)
	message.To, message.Off = address, no
	message.Text += "\n\n-- \n" + m.text(lang, "mail.never", "Site", m.app.Config.Name, "URL", no) + "\n"
	return m.queue.Add(ctx, message)
}

// hashedSize is the length of a hashed address, in characters.
const hashedSize = 24

// hashed is an address as refusals keep it: nobody without the key can tell whose it is.
func (m *Mail) hashed(address string) string {
	return m.mac("refuses", strings.ToLower(address), hashedSize)
}

// proof shows that a hashed address is one that this server wrote to.
func (m *Mail) proof(hashed string) string { return m.mac("proof", hashed, 12) }

func (m *Mail) mac(use, text string, size int) string {
	mac := hmac.New(sha256.New, m.key)
	mac.Write([]byte(use + "\x00" + text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))[:size]
}

// Refusal is the hashed address that a link of a mail to a stranger names, if the link is one.
func (m *Mail) Refusal(token string) (hashed string, ok bool) {
	if len(token) <= hashedSize {
		return "", false
	}
	hashed = token[:hashedSize]
	return hashed, subtle.ConstantTimeCompare([]byte(m.proof(hashed)), []byte(token[hashedSize:])) == 1
}

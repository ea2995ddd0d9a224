// Package mail sends plain text by SMTP where an operator has a server for it. Nothing of the program needs it.
//
// A Sender speaks to one submission server (RFC 6409): with TLS from the first byte, or with STARTTLS, which it insists on unless
// the server is on this machine. A Queue keeps what is to be sent in SQL, leased to one node at a time, tries again later and
// later, and gives up after some days. Every try of a message has the same Message-ID, by which mail systems know it again.
package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"net/smtp"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// sendTime bounds one message, from the connection to its end.
const sendTime = time.Minute

// Bounds of a message.
const (
	maxAddress = 254 // RFC 5321, section 4.5.3.1.3
	maxSubject = 200
	maxText    = 20_000
)

// Message is a plain text to one person.
type Message struct {
	ID      string `json:"id"` // the part of the Message-ID before the @: letters, digits, dots and hyphens
	To      string `json:"to"` // an address alone
	Subject string `json:"subject"`
	Text    string `json:"text"`
	Off     string `json:"off,omitempty"`     // address by which a click ends these messages (RFC 8058)
	Account string `json:"account,omitempty"` // whose notice it is; "" for one to somebody who has asked for none
}

// CheckAddress says what is wrong with an address to write to, or nil. It is kind.ErrInvalid.
func CheckAddress(address string) error {
	a, err := netmail.ParseAddress(address)
	if err != nil || a.Address != address || len(address) > maxAddress || strings.ContainsAny(address, " \"\r\n<>") {
		return fmt.Errorf("mail address: %w: use one such as rosa@school.example", kind.ErrInvalid)
	}
	return nil
}

// Server is a submission server.
type Server struct {
	URL      string         // smtps://user@host:465, or smtp://user@host:587 with STARTTLS
	Password string         // of the user, if there is one
	From     string         // what messages come from: an address, or "Name <address>"
	Roots    *x509.CertPool // nil: the machine's
	Now      func() time.Time
}

// Check says what is wrong with the settings.
func (s Server) Check() error {
	if _, _, _, err := s.parse(); err != nil {
		return err
	}
	if _, err := netmail.ParseAddress(s.From); err != nil {
		return fmt.Errorf("mail-from %q: use an address, or Name <address>", s.From)
	}
	return nil
}

func (s Server) parse() (host, port, user string, err error) {
	u, err := url.Parse(s.URL)
	if err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return "", "", "", errors.New("mail-server: use an address such as smtps://user@mail.example.org:465 or smtp://user@mail.example.org:587")
	}
	if port = u.Port(); port == "" {
		if port = "587"; u.Scheme == "smtps" {
			port = "465"
		}
	}
	if _, has := u.User.Password(); has {
		return "", "", "", errors.New("mail-server: the password belongs into mail-password-file")
	}
	return u.Hostname(), port, u.User.Username(), nil
}

// ErrRefused says that the server will never take a message, as RFC 5321 has it for answers from 500 on.
var ErrRefused = errors.New("the mail server refuses the message")

// Send hands one message to the server.
func (s Server) Send(ctx context.Context, m Message) error {
	if err := CheckAddress(m.To); err != nil {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	host, port, user, err := s.parse()
	if err != nil {
		return err
	}
	from, err := netmail.ParseAddress(s.From)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return fmt.Errorf("mail server: %w: %w", kind.ErrUnavailable, err)
	}
	defer conn.Close()
	if until, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(until); err != nil {
			return err
		}
	}
	settings := &tls.Config{ServerName: host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12}
	implicit := strings.HasPrefix(s.URL, "smtps:")
	if implicit {
		conn = tls.Client(conn, settings)
	}
	return sorted(s.speak(conn, host, user, from, m, settings, implicit))
}

// speak is the dialog of one message.
func (s Server) speak(conn net.Conn, host, user string, from *netmail.Address, m Message, settings *tls.Config, secure bool) error {
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		return fmt.Errorf("mail server: %w: %w", kind.ErrUnavailable, err)
	}
	defer c.Close()
	_, domain, _ := strings.Cut(from.Address, "@")
	if err := s.greet(c, host, user, from.Address, domain, settings, secure); err != nil {
		return fmt.Errorf("mail server: %w: %w", kind.ErrUnavailable, err) // whatever its number: it is not about the message
	}
	if err := c.Rcpt(m.To); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(s.compose(m, from, domain)); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	_ = c.Quit() // it has the message
	return nil
}

// greet is what comes before a message: who this is, by TLS.
func (s Server) greet(c *smtp.Client, host, user, from, domain string, settings *tls.Config, secure bool) error {
	if err := c.Hello(domain); err != nil {
		return err
	}
	if offered, _ := c.Extension("STARTTLS"); offered && !secure {
		if err := c.StartTLS(settings); err != nil {
			return err
		}
		secure = true
	}
	if !secure && !loopback(host) {
		return errors.New("it offers no STARTTLS")
	}
	if user != "" {
		if err := c.Auth(smtp.PlainAuth("", user, s.Password, host)); err != nil {
			return fmt.Errorf("sign in: %w", err)
		}
	}
	return c.Mail(from)
}

// sorted tells what will never work from what may work later.
func sorted(err error) error {
	if answer := new(textproto.Error); errors.As(err, &answer) && answer.Code >= 500 && !errors.Is(err, kind.ErrUnavailable) {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if err != nil && !errors.Is(err, kind.ErrUnavailable) {
		err = fmt.Errorf("mail server: %w: %w", kind.ErrUnavailable, err)
	}
	return err
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// compose writes a message as it goes over the wire (RFC 5322).
func (s Server) compose(m Message, from *netmail.Address, domain string) []byte {
	var b bytes.Buffer
	header := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	header("From", from.String())
	header("To", m.To)
	header("Subject", mime.QEncoding.Encode("utf-8", oneLine(m.Subject)))
	header("Date", s.Now().UTC().Format(time.RFC1123Z))
	header("Message-ID", "<"+m.ID+"@"+domain+">")
	header("Auto-Submitted", "auto-generated") // RFC 3834: nobody answers it by machine
	if m.Off != "" {
		header("List-Unsubscribe", "<"+m.Off+">")
		header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	header("MIME-Version", "1.0")
	header("Content-Type", "text/plain; charset=utf-8")
	header("Content-Transfer-Encoding", "quoted-printable")
	b.WriteString("\r\n")
	w := quotedprintable.NewWriter(&b)
	text := strings.ToValidUTF8(m.Text[:min(len(m.Text), maxText)], "")
	_, _ = w.Write([]byte(strings.ReplaceAll(text, "\n", "\r\n"))) // a buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	r := []rune(s)
	return string(r[:min(len(r), maxSubject)])
}

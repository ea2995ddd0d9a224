package web

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/commonplace-oer/commonplace/internal/accounts"
	"github.com/commonplace-oer/commonplace/repository/kind"
	"github.com/commonplace-oer/commonplace/repository/media"
)

const (
	lfsObjects = 1000    // in one question; git-lfs asks for 100
	lfsLimit   = 1 << 20 // bytes of a question
)

// lfs answers the git LFS API of a repository (git-lfs docs/api). File locking is not offered, which clients learn from 404.
func (s *Server) lfs(c *fiber.Ctx) error {
	err := s.lfsAnswer(c)
	if err == nil {
		return nil
	}
	f := classify(err)
	if f.kind == "internal" {
		s.o.Logger.Error("request failed", "method", c.Method(), "route", c.Route().Path, "err", err)
	}
	if f.status == http.StatusUnauthorized {
		const challenge = `Basic realm="Commonplace: name and token", charset="UTF-8"`
		c.Set("LFS-Authenticate", challenge)
		c.Set(fiber.HeaderWWWAuthenticate, challenge)
	}
	message := f.detail
	if message == "" {
		message = http.StatusText(f.status)
	}
	return lfsSend(c, f.status, map[string]string{"message": message})
}

func (s *Server) lfsAnswer(c *fiber.Ctx) error {
	at := strings.LastIndex(c.Path(), "/info/lfs/")
	if at < 0 {
		return fiber.ErrNotFound
	}
	p, ok := parsePlace(strings.TrimPrefix(c.Path()[:at], "/r/"))
	switch what := c.Path()[at+len("/info/lfs/"):]; {
	case !ok || p.Action != "" || p.Revision != "" || s.o.Media == nil:
		return fiber.ErrNotFound
	case what != "objects/batch":
		return fiber.NewError(http.StatusNotFound, "this server offers the batch API only: there is no file locking")
	case c.Method() != fiber.MethodPost:
		return fiber.ErrMethodNotAllowed
	}
	b, err := body(c, lfsLimit)
	if err != nil {
		return err
	}
	var asked media.BatchRequest
	if err := json.Unmarshal(b, &asked); err != nil {
		return fiber.NewError(http.StatusUnprocessableEntity, "the request cannot be read: "+err.Error())
	}
	switch {
	case len(asked.Objects) > lfsObjects:
		return fiber.NewError(http.StatusRequestEntityTooLarge, fmt.Sprintf("ask for at most %d objects at once", lfsObjects))
	case asked.HashAlgo != "" && asked.HashAlgo != media.HashAlgo:
		return fiber.NewError(http.StatusConflict, "the only hash algorithm here is sha256")
	case len(asked.Transfers) > 0 && !slices.Contains(asked.Transfers, media.Basic):
		return fiber.NewError(http.StatusUnprocessableEntity, "the only way of transfer here is basic")
	}
	var objects []media.Object
	switch asked.Operation {
	case "download":
		objects, err = s.lfsDownload(c, p, asked.Objects)
	case "upload":
		objects, err = s.lfsUpload(c, p, asked.Objects)
	default:
		return fiber.NewError(http.StatusUnprocessableEntity, "the operation must be upload or download")
	}
	if err != nil {
		return err
	}
	return lfsSend(c, http.StatusOK, media.BatchAnswer{Transfer: media.Basic, Objects: objects, HashAlgo: media.HashAlgo})
}

func lfsSend(c *fiber.Ctx, status int, answer any) error {
	b, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	c.Status(status)
	c.Set(fiber.HeaderContentType, media.MediaType)
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Send(b)
}

// lfsDownload gives addresses for what a published revision points to: whoever may read the one may read the other, and
// nobody may ask for anything else by its hash.
func (s *Server) lfsDownload(c *fiber.Ctx, p place, objects []media.Object) ([]media.Object, error) {
	ids := make([]media.OID, len(objects))
	for i, o := range objects {
		ids[i] = o.OID
	}
	found, err := s.o.Repository.Media(c.UserContext(), p.Owner, p.Slug, ids)
	if err != nil {
		return nil, err
	}
	answer := make([]media.Object, len(objects))
	for i, o := range objects {
		answer[i] = media.Object{OID: o.OID, Size: o.Size}
		pointer, ok := found[o.OID]
		if !ok {
			answer[i].Error = &media.ObjectError{Code: http.StatusNotFound, Message: "no revision of this repository points to it"}
			continue
		}
		if pointer.Size != o.Size {
			answer[i].Error = &media.ObjectError{Code: http.StatusUnprocessableEntity, Message: fmt.Sprintf("it has %d bytes", pointer.Size)}
			continue
		}
		address, err := s.o.Media.Download(c.UserContext(), pointer)
		if err != nil {
			return nil, err
		}
		answer[i].Authenticated = true
		answer[i].Actions = map[string]media.Action{"download": address.Action()}
	}
	return answer, nil
}

// lfsUpload gives addresses that take the objects that are not here yet.
func (s *Server) lfsUpload(c *fiber.Ctx, p place, objects []media.Object) ([]media.Object, error) {
	a, err := s.lfsAccount(c)
	if err != nil {
		return nil, err
	}
	if err := s.mayRevise(c, a, p.Owner, p.Slug); err != nil {
		return nil, err
	}
	full := s.o.Repository.HasRoom(c.UserContext(), p.Owner)
	if full != nil && !errors.Is(full, kind.ErrInvalid) {
		return nil, full
	}
	answer := make([]media.Object, len(objects))
	for i, o := range objects {
		answer[i] = media.Object{OID: o.OID, Size: o.Size}
		pointer := media.Pointer{OID: o.OID, Size: o.Size}
		if err := s.o.Media.Check(pointer); errors.Is(err, kind.ErrInvalid) {
			answer[i].Error = &media.ObjectError{Code: http.StatusUnprocessableEntity, Message: err.Error()}
			continue
		}
		has, err := s.o.Media.Has(c.UserContext(), pointer)
		if err != nil {
			return nil, err
		}
		if has {
			continue // no actions: it is there
		}
		if full != nil {
			answer[i].Error = &media.ObjectError{Code: http.StatusInsufficientStorage, Message: full.Error()}
			continue
		}
		upload, err := s.o.Media.Upload(c.UserContext(), pointer)
		if err != nil {
			return nil, err
		}
		verify, err := s.o.Media.Verification(c.UserContext(), pointer)
		if err != nil {
			return nil, err
		}
		answer[i].Authenticated = true
		answer[i].Actions = map[string]media.Action{"upload": upload.Action(), "verify": verify.Action()}
	}
	return answer, nil
}

// lfsAccount is the account whose token is the password, or the bearer token, of the request.
func (s *Server) lfsAccount(c *fiber.Ctx) (accounts.Account, error) {
	scheme, value, _ := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
	if !strings.EqualFold(scheme, "Basic") {
		return s.bearer(c, accounts.ScopeWrite)
	}
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value))
	_, secret, ok := strings.Cut(string(b), ":")
	if err != nil || !ok {
		return accounts.Account{}, errSignIn
	}
	a, token, err := s.o.Accounts.Token(c.UserContext(), secret)
	if errors.Is(err, kind.ErrDenied) {
		return a, errSignIn
	}
	if err == nil && !token.May(accounts.ScopeWrite) {
		err = kind.ErrDenied
	}
	if err == nil {
		s.actsAs(c, a, &token)
	}
	return a, err
}

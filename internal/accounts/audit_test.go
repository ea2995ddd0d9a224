package accounts

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

func TestAuditNamesWhoDidWhatToWhom(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	for _, name := range []string{"rosa", "maria"} {
		_, err := s.Add(ctx, name, "", Author, "")
		require.NoError(t, err)
	}
	require.NoError(t, s.AddTeam(ctx, "team", "A team"))
	require.NoError(t, s.SetMember(As(ctx, "rosa"), "team", "maria", Maintainer))
	require.NoError(t, s.Record(As(ctx, "maria"), "decision", "list:board/math", map[string]string{"entry": "halves"}))
	list, err := s.Audit(ctx, 2, 10)
	require.NoError(t, err)
	var lines []string
	for _, e := range list {
		lines = append(lines, strings.TrimSpace(e.Actor+" "+e.Action+" "+e.Object+" "+e.Detail["account"]+" "+e.Detail["role"]))
	}
	assert.Equal(t, []string{
		"operator team.add owner:team", "rosa member.set owner:team maria maintainer", "maria decision list:board/math",
	}, lines)
	newest, err := s.NewestAudit(ctx, 0, 1)
	require.NoError(t, err)
	assert.Equal(t, "decision", newest[0].Action)
}

func TestAChangedAuditLogIsFound(t *testing.T) {
	s, _ := cast(t)
	var b bytes.Buffer
	n, err := s.ExportAudit(t.Context(), &b)
	require.NoError(t, err)
	require.Greater(t, n, int64(10))
	events, head, err := VerifyAudit(bytes.NewReader(b.Bytes()))
	require.NoError(t, err)
	assert.Equal(t, n, events)
	assert.Len(t, head, 64)

	lines := strings.SplitAfter(strings.TrimSuffix(b.String(), "\n"), "\n")
	changed := func(f func([]string) []string) string {
		return strings.Join(f(append([]string{}, lines...)), "")
	}
	for name, log := range map[string]string{
		"a word": changed(func(l []string) []string {
			l[3] = strings.Replace(l[3], `"actor":"operator"`, `"actor":"rosa"`, 1)
			return l
		}),
		"a line out": changed(func(l []string) []string { return append(l[:3], l[4:]...) }),
		"swapped":    changed(func(l []string) []string { l[3], l[4] = l[4], l[3]; return l }),
		"cut inside": b.String()[:b.Len()/2],
	} {
		require.NotEqual(t, b.String(), log, name)
		_, _, err := VerifyAudit(strings.NewReader(log))
		assert.ErrorIs(t, err, kind.ErrInvalid, name)
	}
}

func TestAuditComesBackFromItsCopy(t *testing.T) {
	s, _ := cast(t)
	list, err := s.Audit(t.Context(), 0, 1000)
	require.NoError(t, err)
	again, _ := open(t)
	require.NoError(t, again.ImportAudit(t.Context(), list[:5]))
	require.NoError(t, again.ImportAudit(t.Context(), list))
	got, err := again.Audit(t.Context(), 0, 1000)
	require.NoError(t, err)
	assert.Equal(t, list, got)
	require.ErrorIs(t, again.ImportAudit(t.Context(), []Event{{Seq: int64(len(list)) + 1, At: time.Now(), Hash: "forged"}}), kind.ErrInvalid)
	require.NoError(t, again.Record(t.Context(), "next", "site", nil))
	var b bytes.Buffer
	_, err = again.ExportAudit(t.Context(), &b)
	require.NoError(t, err, "the chain goes on after a restore")
}

func TestOfManyWhoAnswerAnInvitationAtOnceOneIsFirst(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	_, err := s.Add(ctx, "ada", "", Admin, "")
	require.NoError(t, err)
	require.NoError(t, s.AddBoard(ctx, "board", "The board"))
	secret, _, err := s.Invite(As(ctx, "ada"), "board", Reviewer, "")
	require.NoError(t, err)
	const many = 6
	var began, all sync.WaitGroup
	began.Add(many)
	results := make(chan error, many)
	require.NoError(t, s.db.Write(ctx, func(*sql.Tx) error { // nobody writes before all have begun
		for n := range many {
			all.Go(func() {
				began.Done()
				_, err := s.AnswerInvitation(ctx, secret, Account{Name: fmt.Sprint("reader-", n)}, false)
				results <- err
			})
		}
		began.Wait()
		return nil
	}))
	all.Wait()
	close(results)
	won := 0
	for err := range results {
		if err == nil {
			won++
			continue
		}
		assert.ErrorIs(t, err, kind.ErrNotFound)
	}
	assert.Equal(t, 1, won)
}

func TestInvitationsAreAnsweredOnce(t *testing.T) {
	s, c := open(t)
	ctx := t.Context()
	rosa, err := s.Add(ctx, "rosa", "", Author, "")
	require.NoError(t, err)
	maria, err := s.Add(ctx, "maria", "", Author, "")
	require.NoError(t, err)
	_, err = s.Add(ctx, "ada", "", Admin, "")
	require.NoError(t, err)
	require.NoError(t, s.AddBoard(ctx, "board", "The board"))
	invite := func(role MemberRole) string {
		secret, i, err := s.Invite(As(ctx, "ada"), "board", role, "Maria")
		require.NoError(t, err)
		assert.Equal(t, "ada", i.By)
		return secret
	}
	role := func(name string) string {
		list, err := s.Memberships(ctx, name)
		require.NoError(t, err)
		if len(list) == 0 {
			return ""
		}
		return string(list[0].Role)
	}

	first := invite(BoardChair)
	_, err = s.AnswerInvitation(ctx, first, maria, true)
	require.NoError(t, err)
	assert.Equal(t, "chair", role("maria"))
	_, err = s.AnswerInvitation(ctx, first, rosa, true)
	require.ErrorIs(t, err, kind.ErrNotFound, "a link is good once")
	assert.Empty(t, role("rosa"))

	_, err = s.AnswerInvitation(ctx, invite(Reviewer), maria, true)
	require.NoError(t, err)
	assert.Equal(t, "chair", role("maria"), "a lesser role takes nothing away")

	_, err = s.AnswerInvitation(ctx, invite(Reviewer), rosa, false)
	require.NoError(t, err)
	assert.Empty(t, role("rosa"))

	late := invite(Reviewer)
	c.at = c.at.Add(InvitationLife + time.Second)
	_, err = s.Invitation(ctx, late)
	require.ErrorIs(t, err, kind.ErrNotFound)

	revoked, i, err := s.Invite(ctx, "board", Reviewer, "")
	require.NoError(t, err)
	require.ErrorIs(t, s.RevokeInvitation(ctx, "another", i.ID), kind.ErrNotFound)
	require.NoError(t, s.RevokeInvitation(ctx, "board", i.ID))
	_, err = s.AnswerInvitation(ctx, revoked, rosa, true)
	require.ErrorIs(t, err, kind.ErrNotFound)
}

func TestInvitationsEndWithTheRightToInvite(t *testing.T) {
	ends := map[string]func(*Service, context.Context) error{
		"removed":  func(s *Service, ctx context.Context) error { return s.RemoveMember(ctx, "team", "rosa") },
		"demoted":  func(s *Service, ctx context.Context) error { return s.SetMember(ctx, "team", "rosa", Member) },
		"disabled": func(s *Service, ctx context.Context) error { return s.Disable(ctx, "rosa") },
		"blocked":  func(s *Service, ctx context.Context) error { return s.BlockOwner(ctx, "rosa", "Spam.") },
		"left":     func(s *Service, ctx context.Context) error { return s.Leave(ctx, "rosa", "") },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			s, _ := open(t)
			ctx := t.Context()
			for _, account := range []string{"rosa", "maria"} {
				_, err := s.Add(ctx, account, "", Author, "")
				require.NoError(t, err)
			}
			require.NoError(t, s.AddTeam(ctx, "team", ""))
			require.NoError(t, s.SetMember(ctx, "team", "maria", Maintainer))
			require.NoError(t, s.SetMember(ctx, "team", "rosa", Maintainer))
			link, _, err := s.Invite(As(ctx, "rosa"), "team", Maintainer, "for later")
			require.NoError(t, err)
			other, _, err := s.Invite(As(ctx, "maria"), "team", Member, "")
			require.NoError(t, err)
			require.NoError(t, end(s, ctx))
			_, err = s.Invitation(ctx, link)
			require.ErrorIs(t, err, kind.ErrNotFound)
			_, err = s.Invitation(ctx, other)
			require.NoError(t, err, "another's stays")
		})
	}
}

package accounts

import (
	"database/sql"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

func TestASessionThatAProviderVouchedForEndsWithTheDay(t *testing.T) {
	s, c := open(t)
	_, err := s.Add(t.Context(), "rosa", "", Author, "strips of paper")
	require.NoError(t, err)
	id := Identity{Provider: "district", Issuer: "https://login.example", Subject: "1"}
	require.NoError(t, s.Link(t.Context(), "rosa", id))
	byProvider, err := s.SignInAs(t.Context(), Provider{Name: "district", Issuer: id.Issuer}, id, "")
	require.NoError(t, err)
	byPassword, err := s.SignIn(t.Context(), "rosa", "strips of paper", "", "")
	require.NoError(t, err)
	c.at = c.at.Add(SessionLifeElsewhere - time.Minute)
	_, err = s.Session(t.Context(), byProvider)
	require.NoError(t, err)
	c.at = c.at.Add(2 * time.Minute)
	_, err = s.Session(t.Context(), byProvider)
	require.ErrorIs(t, err, kind.ErrDenied, "groups are looked at again")
	_, err = s.Session(t.Context(), byPassword)
	assert.NoError(t, err)
}

func TestOneAppealWaitsAtATime(t *testing.T) {
	s, _ := open(t)
	rosa, mod := As(t.Context(), "rosa"), As(t.Context(), "mod")
	require.NoError(t, s.TakeDown(mod, "rosa/halves", ByRules, "Advertising."))
	require.NoError(t, s.AppealTakedown(rosa, "rosa/halves", "It is a lesson."))
	require.ErrorIs(t, s.AppealTakedown(rosa, "rosa/halves", "Really."), kind.ErrConflict)
	one, err := s.Takedown(mod, "rosa/halves")
	require.NoError(t, err)
	assert.Equal(t, "It is a lesson.", one.Appeal)
	require.NoError(t, s.RefuseAppeal(As(t.Context(), "other"), "rosa/halves", "No.", false))
	require.NoError(t, s.AppealTakedown(rosa, "rosa/halves", "Look again."))
	down, err := s.TakenDown(mod)
	require.NoError(t, err)
	assert.Equal(t, map[string]bool{"rosa/halves": true}, down)
	require.ErrorIs(t, s.AppealTakedown(rosa, "rosa/none", "What?"), kind.ErrNotFound)
}

// A token never signs in again, so that nobody asks the provider what its groups are now.
func TestARoleOfAProviderEndsWithoutSigningIn(t *testing.T) {
	s, c := open(t)
	a, err := s.Add(t.Context(), "rosa", "", Author, "")
	require.NoError(t, err)
	require.NoError(t, s.AddTeam(t.Context(), "math", ""))
	require.NoError(t, s.AddTeam(t.Context(), "art", ""))
	require.NoError(t, s.SetMember(t.Context(), "art", "rosa", Member))
	id := Identity{Provider: "district", Issuer: "https://login.example", Subject: "1", Groups: []string{"math-staff"}}
	p := Provider{Name: "district", Issuer: id.Issuer, Teams: map[string]string{"math-staff": "math"}}
	require.NoError(t, s.Link(t.Context(), "rosa", id))
	signIn := func() {
		t.Helper()
		_, err := s.SignInAs(t.Context(), p, id, "")
		require.NoError(t, err)
	}
	signIn()
	may := func(team string) bool {
		t.Helper()
		direct, err := s.MayWrite(t.Context(), a, team)
		require.NoError(t, err)
		list, err := s.Writable(t.Context(), a)
		require.NoError(t, err)
		assert.Equal(t, direct, slices.ContainsFunc(list, func(o Owner) bool { return o.Name == team }), "what is offered is what is allowed")
		return direct
	}
	assert.True(t, may("math"))
	c.at = c.at.Add(ProviderRoleLife - time.Hour)
	assert.True(t, may("math"))
	signIn()
	c.at = c.at.Add(ProviderRoleLife - time.Hour)
	assert.True(t, may("math"), "each sign-in says so anew")
	c.at = c.at.Add(2 * time.Hour)
	assert.False(t, may("math"))
	members, err := s.Members(t.Context(), "math")
	require.NoError(t, err)
	require.Len(t, members, 1)
	assert.True(t, members[0].Lapsed)
	assert.True(t, may("art"), "what a person gave stays")
	link, _, err := s.Invite(As(t.Context(), Operator), "math", Member, "")
	require.NoError(t, err)
	_, err = s.AnswerInvitation(t.Context(), link, a, true)
	require.NoError(t, err)
	assert.True(t, may("math"), "a person has taken the place of the provider")
	require.NoError(t, s.RemoveMember(t.Context(), "math", "rosa"))
	signIn()
	assert.True(t, may("math"))
	id.Groups = nil
	signIn()
	assert.False(t, may("math"))
}

// TestARoleThatAnOlderVersionGaveHolds: during an upgrade, people sign in at nodes that do not know of the time of a role.
func TestARoleThatAnOlderVersionGaveHolds(t *testing.T) {
	s, c := open(t)
	a, err := s.Add(t.Context(), "rosa", "", Author, "")
	require.NoError(t, err)
	require.NoError(t, s.AddTeam(t.Context(), "math", ""))
	require.NoError(t, s.db.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT INTO members (team, account, role, source, since) VALUES ('math', 'rosa', 'member', 'https://login.example', $1)`, c.at.Unix())
		return err
	}))
	holds := func(want bool) {
		t.Helper()
		may, err := s.MayWrite(t.Context(), a, "math")
		require.NoError(t, err)
		assert.Equal(t, want, may)
		list, err := s.Writable(t.Context(), a)
		require.NoError(t, err)
		assert.Equal(t, want, slices.ContainsFunc(list, func(o Owner) bool { return o.Name == "math" }))
		members, err := s.Members(t.Context(), "math")
		require.NoError(t, err)
		assert.Equal(t, !want, members[0].Lapsed)
	}
	holds(true)
	c.at = c.at.Add(ProviderRoleLife + time.Hour)
	holds(false)
}

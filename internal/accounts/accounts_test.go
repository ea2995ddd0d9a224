package accounts

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb"
	"github.com/commonplace-oer/commonplace/internal/catalog/sqldb/sqldbtest"
	"github.com/commonplace-oer/commonplace/repository/kind"
)

// clock is a time that the test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func TestMain(m *testing.M) { sqldbtest.Main(m) }

func open(t *testing.T) (*Service, *clock) {
	t.Helper()
	db := sqldbtest.Open(t)
	c := &clock{at: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	s, err := NewWithCheapPasswords(db, c.now, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	if sqldbtest.Engine() == sqldb.Postgres {
		s.ShareGuesses([]byte("a key of this test"))
	}
	return s, c
}

func TestSignInNeedsTheRightPassword(t *testing.T) {
	s, _ := open(t)
	_, err := s.Add(t.Context(), "rosa", "Rosa Delgado", Author, "strips of paper")
	require.NoError(t, err)

	for _, wrong := range []struct{ name, password string }{
		{"rosa", "strips of papers"}, {"rosa", ""}, {"nobody", "strips of paper"}, {"", ""},
	} {
		_, err := s.SignIn(t.Context(), wrong.name, wrong.password, "", "")
		assert.ErrorIs(t, err, kind.ErrDenied, "%+v", wrong)
	}

	secret, err := s.SignIn(t.Context(), "rosa", "strips of paper", "", "")
	require.NoError(t, err)
	a, err := s.Session(t.Context(), secret)
	require.NoError(t, err)
	assert.Equal(t, "Rosa Delgado", a.Display)
}

func TestSessionsEndByTimeBySignOutAndByNewPassword(t *testing.T) {
	s, c := open(t)
	_, err := s.Add(t.Context(), "rosa", "", Author, "strips of paper")
	require.NoError(t, err)
	begin := func() string {
		secret, err := s.SignIn(t.Context(), "rosa", "strips of paper", "", "")
		require.NoError(t, err)
		who, err := s.Session(t.Context(), secret)
		require.NoError(t, err)
		require.Equal(t, "rosa", who.Name)
		return secret
	}
	ended := func(secret string) {
		_, err := s.Session(t.Context(), secret)
		assert.ErrorIs(t, err, kind.ErrDenied)
	}

	out := begin()
	require.NoError(t, s.SignOut(t.Context(), out))
	ended(out)

	late := begin()
	c.at = c.at.Add(SessionLife + time.Second)
	ended(late)

	old := begin()
	require.NoError(t, s.SetPassword(t.Context(), "rosa", "another password"))
	ended(old)
}

func TestTokensCarryScopesAndExpire(t *testing.T) {
	s, c := open(t)
	_, err := s.Add(t.Context(), "rosa", "", Author, "")
	require.NoError(t, err)
	secret, token, err := s.CreateToken(t.Context(), "rosa", "laptop", []Scope{ScopeRead}, time.Hour)
	require.NoError(t, err)
	a, got, err := s.Token(t.Context(), secret)
	require.NoError(t, err)
	assert.Equal(t, "rosa", a.Name)
	assert.Equal(t, token, got)
	assert.True(t, got.May(ScopeRead))
	assert.False(t, got.May(ScopeWrite))

	c.at = c.at.Add(2 * time.Hour)
	_, _, err = s.Token(t.Context(), secret)
	assert.ErrorIs(t, err, kind.ErrDenied)

	secret, token, err = s.CreateToken(t.Context(), "rosa", "", nil, 0)
	require.NoError(t, err)
	assert.ErrorIs(t, s.RevokeToken(t.Context(), "somebody", token.ID), kind.ErrNotFound)
	require.NoError(t, s.RevokeToken(t.Context(), "rosa", token.ID))
	_, _, err = s.Token(t.Context(), secret)
	assert.ErrorIs(t, err, kind.ErrDenied)
}

func TestOnlyMembersAndAdminsWriteToATeam(t *testing.T) {
	s, _ := open(t)
	rosa, err := s.Add(t.Context(), "rosa", "", Author, "")
	require.NoError(t, err)
	kim, err := s.Add(t.Context(), "kim", "", Author, "")
	require.NoError(t, err)
	admin, err := s.Add(t.Context(), "operator", "", Admin, "")
	require.NoError(t, err)
	require.NoError(t, s.AddTeam(t.Context(), "state-math", "State mathematics team"))
	require.NoError(t, s.AddMember(t.Context(), "state-math", "rosa"))

	may := func(a Account, owner string) bool {
		ok, err := s.MayWrite(t.Context(), a, owner)
		require.NoError(t, err)
		return ok
	}
	assert.True(t, may(rosa, "rosa"))
	assert.True(t, may(rosa, "state-math"))
	assert.False(t, may(rosa, "kim"))
	assert.False(t, may(kim, "state-math"))
	assert.True(t, may(admin, "state-math"))

	owners, err := s.Writable(t.Context(), rosa)
	require.NoError(t, err)
	assert.Equal(t, []Owner{{Name: "rosa", Title: "rosa", Kind: Person}, {Name: "state-math", Title: "State mathematics team", Kind: Team}}, owners)
}

func TestNamesAreUniqueAndPlain(t *testing.T) {
	s, _ := open(t)
	_, err := s.Add(t.Context(), "rosa", "", Author, "")
	require.NoError(t, err)
	_, err = s.Add(t.Context(), "rosa", "", Author, "")
	assert.ErrorIs(t, err, kind.ErrConflict)
	assert.ErrorIs(t, s.AddTeam(t.Context(), "rosa", ""), kind.ErrConflict)
	for _, name := range []string{"", "Rosa", "-rosa", "rosa-", "ro sa", "../x", "a.git", "rosa/delgado"} {
		_, err := s.Add(t.Context(), name, "", Author, "")
		assert.ErrorIs(t, err, kind.ErrInvalid, name)
	}
	_, err = s.Add(t.Context(), "short", "", Author, "1234567")
	assert.ErrorIs(t, err, kind.ErrInvalid)
}

func TestAnExportBringsEverybodyBack(t *testing.T) {
	s, _ := open(t)
	_, err := s.Add(t.Context(), "rosa", "Rosa Delgado", Author, "strips of paper")
	require.NoError(t, err)
	require.NoError(t, s.AddTeam(t.Context(), "state-math", "State mathematics team"))
	require.NoError(t, s.AddMember(t.Context(), "state-math", "rosa"))
	secret, token, err := s.CreateToken(t.Context(), "rosa", "laptop", nil, time.Hour)
	require.NoError(t, err)
	exported, err := s.Export(t.Context())
	require.NoError(t, err)
	assert.NotContains(t, string(exported), secret)

	fresh, _ := open(t)
	for range 2 {
		require.NoError(t, fresh.Import(t.Context(), exported))
	}
	_, err = fresh.SignIn(t.Context(), "rosa", "strips of paper", "", "")
	require.NoError(t, err)
	a, got, err := fresh.Token(t.Context(), secret)
	require.NoError(t, err)
	assert.Equal(t, token, got)
	may, err := fresh.MayWrite(t.Context(), a, "state-math")
	require.NoError(t, err)
	assert.True(t, may)
	require.Error(t, fresh.Import(t.Context(), []byte(`{"owners":[["x"]]}`)))
	require.Error(t, fresh.Import(t.Context(), []byte(`[`)))
	require.ErrorContains(t, fresh.Import(t.Context(), []byte(`{"owners":[],"members":[],"tokens":[]}`)), `"accounts" is missing`)
	require.ErrorContains(t, fresh.Import(t.Context(), bytes.Replace(exported, []byte(`"members"`), []byte(`"memberz"`), 1)), `unknown table "memberz"`)
}

func TestDisabledAccountHasNoWayIn(t *testing.T) {
	s, c := open(t)
	_, err := s.Add(t.Context(), "rosa", "", Author, "strips of paper")
	require.NoError(t, err)
	session, err := s.SignIn(t.Context(), "rosa", "strips of paper", "", "")
	require.NoError(t, err)
	token, _, err := s.CreateToken(t.Context(), "rosa", "", nil, 0)
	require.NoError(t, err)

	preview, _, err := s.MakePreview(t.Context(), Preview{Kind: PreviewDraft, Address: "rosa/halves", Account: "rosa"}, 7)
	require.NoError(t, err)
	require.NoError(t, s.Plan(t.Context(), Planned{Address: "rosa/halves", Version: "v2", Account: "rosa", Due: c.at.Add(time.Hour)}))

	require.NoError(t, s.Disable(t.Context(), "rosa"))
	_, err = s.Preview(t.Context(), preview)
	assert.ErrorIs(t, err, kind.ErrNotFound)
	planned, err := s.Planned(t.Context(), "rosa/halves", "v2")
	require.NoError(t, err)
	assert.Equal(t, PlanRights, planned.Problem, "its team may plan it anew")
	_, err = s.Session(t.Context(), session)
	assert.ErrorIs(t, err, kind.ErrDenied)
	_, _, err = s.Token(t.Context(), token)
	assert.ErrorIs(t, err, kind.ErrDenied)
	_, err = s.SignIn(t.Context(), "rosa", "strips of paper", "", "")
	assert.ErrorIs(t, err, kind.ErrDenied)
	_, err = s.SignIn(t.Context(), "rosa", "", "", "")
	assert.ErrorIs(t, err, kind.ErrDenied)
	assert.ErrorIs(t, s.Disable(t.Context(), "nobody"), kind.ErrNotFound)
}

func TestADisabledPersonDoesNotComeBackUnderAnotherName(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	p := Provider{Name: "district", Issuer: "https://id.example", NewAccounts: true}
	id := Identity{Provider: p.Name, Issuer: p.Issuer, Subject: "17"}
	first, err := s.Arrive(ctx, id)
	require.NoError(t, err)
	second, err := s.Arrive(ctx, id) // in another window, kept for later
	require.NoError(t, err)
	_, err = s.Settle(ctx, p, first, "rosa", "", "")
	require.NoError(t, err)
	require.NoError(t, s.Disable(ctx, "rosa"))
	_, err = s.Settle(ctx, p, second, "rosa-two", "", "")
	require.ErrorIs(t, err, kind.ErrDenied)
	_, err = s.Account(ctx, "rosa-two")
	require.ErrorIs(t, err, kind.ErrNotFound)
}

func TestPasswordsCostWhatIsRecommended(t *testing.T) {
	db := sqldbtest.Open(t)
	c := &clock{at: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	s, err := New(db, c.now, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	_, err = s.Add(t.Context(), "rosa", "Rosa Delgado", Author, "strips of paper")
	require.NoError(t, err)
	var hash string
	require.NoError(t, db.Read().QueryRowContext(t.Context(), `SELECT password FROM accounts WHERE name = $1`, "rosa").Scan(&hash))
	const owasp = "$argon2id$v=19$m=19456,t=2,p=1$"
	assert.True(t, strings.HasPrefix(hash, owasp), hash)
	assert.True(t, strings.HasPrefix(s.decoy, owasp), "who has no account is known by the time that the answer takes: %s", s.decoy)
	_, err = s.SignIn(t.Context(), "rosa", "strips of paper", "", "")
	require.NoError(t, err)
}

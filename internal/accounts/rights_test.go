package accounts

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// cast is a site with somebody in every role.
func cast(t *testing.T) (*Service, map[string]Actor) {
	t.Helper()
	s, _ := open(t)
	ctx := t.Context()
	people := map[string]Actor{"visitor": {}}
	for name, role := range map[string]Role{
		"rosa": Author, "other": Author, "member": Author, "maintainer": Author, "reviewer": Author, "chair": Author,
		"editor": Author, "moderator": Moderator, "admin": Admin,
	} {
		a, err := s.Add(ctx, name, "", role, "")
		require.NoError(t, err)
		people[name] = Signed(a)
	}
	require.NoError(t, s.AddTeam(ctx, "team", ""))
	require.NoError(t, s.AddBoard(ctx, "board", ""))
	for name, at := range map[string]struct {
		team string
		role MemberRole
	}{"member": {"team", Member}, "maintainer": {"team", Maintainer}, "reviewer": {"board", Reviewer}, "chair": {"board", BoardChair}} {
		require.NoError(t, s.SetMember(ctx, at.team, name, at.role))
	}
	require.NoError(t, s.SetGrant(ctx, OnResource("rosa", "halves"), "editor", Editor))
	require.NoError(t, s.SetGrant(ctx, OnList("board", "math"), "editor", Editor))
	return s, people
}

// objects are one of each kind that rights are decided on.
var objects = map[string]Object{
	"site": OnSite(), "rosa": OnOwner("rosa"), "team": OnOwner("team"), "board": OnOwner("board"), "halves": OnResource("rosa", "halves"),
	"unit": OnResource("team", "unit"), "math": OnList("board", "math"),
}

// allowed is who may do each action to each object, written out; everybody else may not.
var allowed = map[Action]map[string][]string{
	ReadPublic:  {"site": {"*"}},
	ReportIssue: {"halves": {"*"}, "unit": {"*"}},
	UseAccount:  {"site": {"admin", "chair", "editor", "maintainer", "member", "moderator", "other", "reviewer", "rosa"}},
	CreateTeam:  {"site": {"admin"}},
	Moderate:    {"site": {"admin", "moderator"}},
	Administer:  {"site": {"admin"}},
	ReadAudit:   {"site": {"admin"}},
	Publish:     {"rosa": {"admin", "rosa"}, "team": {"admin", "maintainer", "member"}, "board": {"admin", "chair"}},
	SeeMembers: {
		"rosa": {"admin", "moderator", "rosa"}, "team": {"admin", "maintainer", "member", "moderator"},
		"board": {"admin", "chair", "moderator", "reviewer"},
	},
	ManageTeam: {"team": {"admin", "maintainer"}, "board": {"admin", "chair"}, "rosa": {"admin"}},
	Review:     {"board": {"chair", "reviewer"}},
	Vote:       {"board": {"chair", "reviewer"}},
	Chair:      {"board": {"chair"}},
	Suggest: {
		"halves": {"admin", "chair", "editor", "maintainer", "member", "moderator", "other", "reviewer", "rosa"},
		"unit":   {"admin", "chair", "editor", "maintainer", "member", "moderator", "other", "reviewer", "rosa"},
	},
	Revise:   {"halves": {"admin", "editor", "rosa"}, "unit": {"admin", "maintainer", "member"}, "math": {"chair", "editor"}},
	Submit:   {"halves": {"editor", "rosa"}, "unit": {"maintainer", "member"}},
	Withdraw: {"halves": {"admin", "rosa"}, "unit": {"admin", "maintainer"}, "math": {"admin", "chair"}},
	Share:    {"halves": {"admin", "rosa"}, "unit": {"admin", "maintainer"}, "math": {"admin", "chair"}},
	Appeal:   {"halves": {"admin", "rosa"}, "unit": {"admin", "maintainer"}},
}

func TestRightsAreWhatTheTableSays(t *testing.T) {
	s, people := cast(t)
	for _, r := range rules {
		assert.Contains(t, allowed, r.action, "a rule without an entry in this table")
	}
	for action, on := range allowed {
		for name, object := range objects {
			if !slices.ContainsFunc(rules, func(r rule) bool { return r.action == action && r.on == object.Kind }) {
				assert.NotContains(t, on, name, "%s", action)
				assert.ErrorIs(t, s.May(t.Context(), people["admin"], action, object), kind.ErrInvalid)
				continue
			}
			for who, actor := range people {
				err := s.May(t.Context(), actor, action, object)
				want := slices.Contains(on[name], who) || slices.Contains(on[name], "*")
				if want {
					assert.NoError(t, err, "%s: %s %s", who, action, name)
					continue
				}
				denial, ok := errors.AsType[*Denial](err)
				if assert.True(t, ok, "%s: %s %s: %v", who, action, name, err) {
					reason := NoRole
					if who == "visitor" {
						reason = NotSignedIn
					}
					assert.Equal(t, reason, denial.Reason, "%s: %s %s", who, action, name)
				}
			}
		}
	}
}

func TestTokensNarrowRights(t *testing.T) {
	s, people := cast(t)
	needs := map[Action]Scope{
		ReadPublic: ScopeRead, Publish: ScopeWrite, Revise: ScopeWrite, Withdraw: ScopeWrite, Review: ScopeReview, Vote: ScopeReview,
		Chair: ScopeReview, ManageTeam: ScopeManage, Share: ScopeManage, Administer: ScopeManage, Moderate: ScopeManage,
		CreateTeam: ScopeManage, ReadAudit: ScopeManage, Suggest: ScopeWrite, SeeMembers: ScopeRead, Submit: ScopeWrite,
		ReportIssue: ScopeWrite, UseAccount: "", Appeal: "",
	}
	for action, on := range allowed {
		want, known := needs[action]
		require.True(t, known, action)
		for name, who := range on {
			for _, person := range who {
				actor := people[person] // the zero one for everybody
				for _, scope := range Scopes {
					actor.Token = &Token{Scopes: []Scope{scope}}
					err := s.May(t.Context(), actor, action, objects[name])
					if scope == want {
						assert.NoError(t, err, "%s: %s %s with %s", person, action, name, scope)
						continue
					}
					denial, ok := errors.AsType[*Denial](err)
					if assert.True(t, ok, "%s: %s %s with %s", person, action, name, scope) {
						assert.Equal(t, NoScope, denial.Reason)
					}
				}
			}
		}
	}
}

func TestLosingARoleLosesTheRights(t *testing.T) {
	s, people := cast(t)
	ctx := t.Context()
	require.NoError(t, s.RemoveMember(ctx, "team", "maintainer"))
	require.ErrorIs(t, s.May(ctx, people["maintainer"], Publish, OnOwner("team")), kind.ErrDenied)
	require.NoError(t, s.SetMember(ctx, "board", "chair", Reviewer))
	require.ErrorIs(t, s.May(ctx, people["chair"], Chair, OnOwner("board")), kind.ErrDenied)
	require.NoError(t, s.May(ctx, people["chair"], Vote, OnOwner("board")))
	require.NoError(t, s.RemoveGrant(ctx, OnResource("rosa", "halves"), "editor"))
	require.ErrorIs(t, s.May(ctx, people["editor"], Revise, OnResource("rosa", "halves")), kind.ErrDenied)
}

func TestRolesBelongToTheirKindOfTeam(t *testing.T) {
	s, _ := cast(t)
	ctx := t.Context()
	require.ErrorIs(t, s.SetMember(ctx, "team", "rosa", BoardChair), kind.ErrInvalid)
	require.ErrorIs(t, s.SetMember(ctx, "board", "rosa", Maintainer), kind.ErrInvalid)
	require.ErrorIs(t, s.SetMember(ctx, "rosa", "other", Member), kind.ErrInvalid)
	require.ErrorIs(t, s.SetGrant(ctx, OnOwner("rosa"), "other", Editor), kind.ErrInvalid)
	_, _, err := s.Invite(ctx, "board", Maintainer, "")
	require.ErrorIs(t, err, kind.ErrInvalid)
}

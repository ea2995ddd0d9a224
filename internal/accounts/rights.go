package accounts

import (
	"context"
	"fmt"
	"slices"

	"github.com/commonplace-oer/commonplace/repository/kind"
)

// Action is something that a right is needed for.
type Action string

// The actions, each on the kinds of object that the table of rules has for it.
const (
	Publish     Action = "publish"     // owner: something new in its namespace; a board's is a list
	Revise      Action = "revise"      // resource or list: a new revision, a release, an answer to a suggestion
	Withdraw    Action = "withdraw"    // resource or list: take it out of the catalog
	Share       Action = "share"       // resource or list: say who else may revise it
	Submit      Action = "submit"      // resource: hand a revision in to a board's call
	Appeal      Action = "appeal"      // resource: against its takedown
	Suggest     Action = "suggest"     // resource: offer its owner a change
	SeeMembers  Action = "see-members" // owner: who is in a team or board, and its invitations
	ManageTeam  Action = "manage-team" // owner: members, roles, invitations and the title of a team or board
	Review      Action = "review"      // owner: score and comment for a board; declare a conflict of interest
	Vote        Action = "vote"        // owner: on a board's decision
	Chair       Action = "chair"       // owner: open and close calls, build rubrics, decide, publish and sign lists
	UseAccount  Action = "use-account" // site: one's own account page, tokens and sessions
	CreateTeam  Action = "create-team" // site: teams and boards
	Moderate    Action = "moderate"    // site: reports, takedowns, blocks, the queue of new accounts
	Administer  Action = "administer"  // site: peers, accounts, roles, legal erasure
	ReadAudit   Action = "read-audit"  // site: the log of decisions and rights
	ReadPublic  Action = "read"        // site: what everybody may read
	ReportIssue Action = "report"      // resource: tell the moderators that something is wrong
)

// ObjectKind is what an action is done to.
type ObjectKind string

// The kinds of object.
const (
	SiteObject     ObjectKind = "site"
	OwnerObject    ObjectKind = "owner"
	ResourceObject ObjectKind = "resource"
	ListObject     ObjectKind = "list"
)

// Object is what an action is done to: the site, an owner's namespace, a resource or a board's list.
type Object struct {
	Kind  ObjectKind
	Owner string // of all but the site
	Slug  string // of resources and lists
}

// OnSite is the server as a whole.
func OnSite() Object { return Object{Kind: SiteObject} }

// OnOwner is a person's, a team's or a board's namespace.
func OnOwner(name string) Object { return Object{Kind: OwnerObject, Owner: name} }

// OnResource is a resource of this server; a part belongs to its unit.
func OnResource(owner, slug string) Object {
	return Object{Kind: ResourceObject, Owner: owner, Slug: slug}
}

// OnList is an approved list of a board.
func OnList(board, slug string) Object { return Object{Kind: ListObject, Owner: board, Slug: slug} }

// String is the object as the audit log and the table of grants name it: "site", "owner:rosa", "resource:rosa/halves".
func (o Object) String() string {
	switch o.Kind {
	case SiteObject:
		return string(SiteObject)
	case OwnerObject:
		return string(o.Kind) + ":" + o.Owner
	}
	return string(o.Kind) + ":" + o.Owner + "/" + o.Slug
}

// Actor is who asks. The zero Actor is a visitor who is not signed in.
type Actor struct {
	Account Account
	Token   *Token // what the request came with instead of a browser's session; nil: nothing, all of the account's rights
}

// Signed is the actor of somebody who is signed in with a browser.
func Signed(a Account) Actor { return Actor{Account: a} }

// Reason says why somebody may not do something. It names a message of the theme, "denied.<reason>".
type Reason string

// The reasons of a Denial.
const (
	NotSignedIn Reason = "sign-in"    // nobody is signed in
	NoScope     Reason = "scope"      // the token has not the scope
	NoRole      Reason = "role"       // the account has no role that may
	IsBlocked   Reason = "blocked"    // the account or the owner is blocked
	IsTakenDown Reason = "taken-down" // the resource is
)

// Denial is the answer no. It is a kind.ErrDenied.
type Denial struct {
	Reason Reason
	Action Action
	Object Object
}

func (d *Denial) Error() string {
	return fmt.Sprintf("%s %s: %s: %s", d.Action, d.Object, kind.ErrDenied, d.Reason)
}

// Unwrap makes every denial a kind.ErrDenied.
func (d *Denial) Unwrap() error { return kind.ErrDenied }

// rule says who may do an action to one kind of object. Whoever fits one of its fields may.
type rule struct {
	action Action
	on     ObjectKind

	anybody bool         // readers too
	account bool         // everybody with an account
	self    bool         // whose namespace it is in
	site    []Role       // with a role on the site
	members []MemberRole // with a role in the team or board whose namespace it is in
	grants  []GrantRole  // with a right on the resource or list alone

	scope   Scope // that a token needs; "": no token will do
	changes bool  // refused to who is blocked, and on what is blocked or taken down
}

var (
	admins     = []Role{Admin}
	moderators = []Role{Moderator, Admin}
	writers    = []MemberRole{Member, Maintainer, BoardChair}
	leaders    = []MemberRole{Maintainer, BoardChair}
	everyone   = []MemberRole{Member, Maintainer, Reviewer, BoardChair}
	jurors     = []MemberRole{Reviewer, BoardChair}
	chairs     = []MemberRole{BoardChair}
	editors    = []GrantRole{Editor}
)

// rules is the whole table: what is not in it nobody may. An administrator writes and manages anywhere, but takes no part in
// a board's judgment: reviews and votes are its members'.
var rules = []rule{
	{action: ReadPublic, on: SiteObject, anybody: true, scope: ScopeRead},
	{action: ReportIssue, on: ResourceObject, anybody: true, scope: ScopeWrite},
	{action: UseAccount, on: SiteObject, account: true},
	{action: CreateTeam, on: SiteObject, site: admins, scope: ScopeManage, changes: true},
	{action: Moderate, on: SiteObject, site: moderators, scope: ScopeManage, changes: true},
	{action: Administer, on: SiteObject, site: admins, scope: ScopeManage, changes: true},
	{action: ReadAudit, on: SiteObject, site: admins, scope: ScopeManage},

	{action: Publish, on: OwnerObject, self: true, members: writers, site: admins, scope: ScopeWrite, changes: true},
	{action: SeeMembers, on: OwnerObject, self: true, members: everyone, site: moderators, scope: ScopeRead},
	{action: ManageTeam, on: OwnerObject, members: leaders, site: admins, scope: ScopeManage, changes: true},
	{action: Review, on: OwnerObject, members: jurors, scope: ScopeReview, changes: true},
	{action: Vote, on: OwnerObject, members: jurors, scope: ScopeReview, changes: true},
	{action: Chair, on: OwnerObject, members: chairs, scope: ScopeReview, changes: true},

	{action: Suggest, on: ResourceObject, account: true, scope: ScopeWrite, changes: true},
	{action: Revise, on: ResourceObject, self: true, members: writers, grants: editors, site: admins, scope: ScopeWrite, changes: true},
	{action: Submit, on: ResourceObject, self: true, members: writers, grants: editors, scope: ScopeWrite, changes: true},
	{action: Withdraw, on: ResourceObject, self: true, members: leaders, site: admins, scope: ScopeWrite, changes: true},
	{action: Share, on: ResourceObject, self: true, members: leaders, site: admins, scope: ScopeManage, changes: true},
	{action: Appeal, on: ResourceObject, self: true, members: leaders, site: admins},

	{action: Revise, on: ListObject, members: chairs, grants: editors, scope: ScopeWrite, changes: true},
	{action: Withdraw, on: ListObject, members: chairs, site: admins, scope: ScopeWrite, changes: true},
	{action: Share, on: ListObject, members: chairs, site: admins, scope: ScopeManage, changes: true},
}

// standing is what the database says about an actor and an object.
type standing struct {
	role      MemberRole
	grant     GrantRole
	blocked   bool // the actor
	closed    bool // the object's owner
	takenDown bool // the object
}

// May answers nil if the actor may do the action to the object, else a *Denial with the reason. Any other error says that it
// could not be found out. It is the one place where rights are decided, for pages, the API, git and the command line alike.
func (s *Service) May(ctx context.Context, who Actor, do Action, on Object) error {
	i := slices.IndexFunc(rules, func(r rule) bool { return r.action == do && r.on == on.Kind })
	if i < 0 {
		return fmt.Errorf("%s %s: %w: there is no such right", do, on, kind.ErrInvalid)
	}
	var is standing
	if who.Account.Name != "" && (rules[i].changes || on.Kind != SiteObject) {
		var err error
		if is, err = s.standing(ctx, who.Account.Name, on); err != nil {
			return fmt.Errorf("%s %s: %w", do, on, err)
		}
	}
	if why := rules[i].refuse(who, on, is); why != "" {
		return &Denial{Reason: why, Action: do, Object: on}
	}
	return nil
}

// refuse says why the rule does not let the actor, or nothing if it does.
func (r rule) refuse(who Actor, on Object, is standing) Reason {
	a := who.Account
	switch {
	case who.Token != nil && (r.scope == "" || !who.Token.May(r.scope)):
		return NoScope
	case r.anybody:
		return ""
	case a.Name == "":
		return NotSignedIn
	case r.changes && is.blocked:
		return IsBlocked
	case !r.fits(a, on, is):
		return NoRole
	case r.changes && is.closed && !slices.Contains(moderators, a.Role):
		return IsBlocked
	case r.changes && is.takenDown:
		return IsTakenDown
	}
	return ""
}

// fits reports whether the actor has one of the roles that the rule names.
func (r rule) fits(a Account, on Object, is standing) bool {
	return r.account || r.self && a.Name == on.Owner || slices.Contains(r.site, a.Role) ||
		slices.Contains(r.members, is.role) || slices.Contains(r.grants, is.grant)
}

// standing reads everything that a rule may ask about in one query.
func (s *Service) standing(ctx context.Context, account string, on Object) (is standing, err error) {
	rows, err := s.db.Ready().QueryContext(ctx,
		`SELECT 'member' AS what, role FROM members WHERE team = $1 AND account = $2 AND (source = '' OR `+lastSeen+` > $5)
		 UNION ALL SELECT 'grant', role FROM grants WHERE object = $3 AND account = $2
		 UNION ALL SELECT 'block', owner FROM blocks WHERE owner = $1 OR owner = $2
		 UNION ALL SELECT 'takedown', address FROM takedowns WHERE address = $4`,
		on.Owner, account, on.String(), on.Owner+"/"+on.Slug, s.now().Add(-ProviderRoleLife).Unix())
	if err != nil {
		return is, err
	}
	defer rows.Close()
	for rows.Next() {
		var what, value string
		if err := rows.Scan(&what, &value); err != nil {
			return is, err
		}
		switch what {
		case "member":
			is.role = MemberRole(value)
		case "grant":
			is.grant = GrantRole(value)
		case "block":
			is.blocked = is.blocked || value == account
			is.closed = is.closed || value == on.Owner
		case "takedown":
			is.takenDown = true
		}
	}
	return is, rows.Err()
}

-- +goose Up
-- Who says that somebody is a member: empty, a person did; else the issuer whose groups say so at every sign-in.
ALTER TABLE members ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE members ADD COLUMN since BIGINT NOT NULL DEFAULT 0;
CREATE INDEX members_account ON members (account);

-- What people see of their sessions, to end one that is not theirs. No address is kept.
ALTER TABLE sessions ADD COLUMN id TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN created BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN agent TEXT NOT NULL DEFAULT '';  -- kind of browser and system
ALTER TABLE sessions ADD COLUMN method TEXT NOT NULL DEFAULT ''; -- empty: by password; else the issuer
CREATE INDEX sessions_account ON sessions (account);

-- Accounts at other places that sign in as one of ours.
CREATE TABLE identities (
	issuer TEXT NOT NULL,
	subject TEXT NOT NULL,
	account TEXT NOT NULL,
	created BIGINT NOT NULL,
	PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_account ON identities (account);

-- People whom an issuer vouched for and who have not chosen a name yet.
CREATE TABLE arrivals (
	hash TEXT PRIMARY KEY,
	doc TEXT NOT NULL, -- JSON
	expires BIGINT NOT NULL
);

-- Rights on one resource or list, beside those of its owner.
CREATE TABLE grants (
	object TEXT NOT NULL, -- resource:owner/slug or list:owner/slug
	account TEXT NOT NULL,
	role TEXT NOT NULL,
	granted_by TEXT NOT NULL,
	created BIGINT NOT NULL,
	PRIMARY KEY (object, account)
);
CREATE INDEX grants_account ON grants (account);

CREATE TABLE invitations (
	id TEXT PRIMARY KEY,
	hash TEXT NOT NULL UNIQUE, -- of the link's secret
	team TEXT NOT NULL,
	role TEXT NOT NULL,
	invited_by TEXT NOT NULL,
	note TEXT NOT NULL, -- for whom, as the inviter calls them
	created BIGINT NOT NULL,
	expires BIGINT NOT NULL,
	answer TEXT NOT NULL DEFAULT '', -- accepted, declined or revoked
	account TEXT NOT NULL DEFAULT '' -- who answered
);
CREATE INDEX invitations_team ON invitations (team, created);

-- Every decision and every change of a right, in order. Nothing updates or deletes a row; each one's hash covers the one before.
CREATE TABLE audit (
	seq BIGINT PRIMARY KEY,
	at BIGINT NOT NULL,
	actor TEXT NOT NULL,
	action TEXT NOT NULL,
	object TEXT NOT NULL,
	detail TEXT NOT NULL, -- JSON
	hash TEXT NOT NULL
);

-- Owners who may not publish, and why.
CREATE TABLE blocks (
	owner TEXT PRIMARY KEY,
	reason TEXT NOT NULL,
	blocked_by TEXT NOT NULL,
	created BIGINT NOT NULL
);

-- Resources that moderators took out, until they are restored.
CREATE TABLE takedowns (
	address TEXT PRIMARY KEY, -- owner/slug
	basis TEXT NOT NULL,      -- law, rules or review
	notice TEXT NOT NULL,
	taken_by TEXT NOT NULL,
	created BIGINT NOT NULL,
	appeal TEXT NOT NULL,
	appealed_by TEXT NOT NULL,
	appealed BIGINT NOT NULL,
	answer TEXT NOT NULL,     -- to the appeal, where it was refused
	answered_by TEXT NOT NULL,
	answered BIGINT NOT NULL
);

-- What readers say is wrong with a resource. Nothing is kept of who says so.
CREATE TABLE reports (
	id TEXT PRIMARY KEY,
	resource TEXT NOT NULL, -- the resource's id
	title TEXT NOT NULL,
	page TEXT NOT NULL,     -- path of its page
	revision TEXT NOT NULL,
	why TEXT NOT NULL,
	words TEXT NOT NULL,
	created BIGINT NOT NULL,
	closed BIGINT NOT NULL, -- 0: it waits
	closed_by TEXT NOT NULL,
	outcome TEXT NOT NULL
);
CREATE INDEX reports_open ON reports (closed, created);

-- +goose Up
-- Times are whole seconds since 1970, UTC.

-- The one counter: numbers of changes and the newest datestamp, so that neither ever goes back.
CREATE TABLE clock (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	seq BIGINT NOT NULL,
	datestamp BIGINT NOT NULL
);
INSERT INTO clock (one, seq, datestamp) VALUES (1, 0, 0);

-- Who has an address: written before the first revision is, so that two publications cannot take the same one.
CREATE TABLE addresses (
	owner TEXT NOT NULL,
	slug TEXT NOT NULL,
	repository TEXT NOT NULL UNIQUE,
	family TEXT NOT NULL,
	tag TEXT NOT NULL DEFAULT '', -- of the manifest that the catalog shows; differs after a crash, and is then healed
	PRIMARY KEY (owner, slug)
);

-- The newest published state of every resource, own (peer = '') and harvested.
CREATE TABLE resources (
	id TEXT PRIMARY KEY,
	identifier TEXT NOT NULL,
	repository TEXT NOT NULL,
	owner TEXT NOT NULL,
	slug TEXT NOT NULL,
	part TEXT NOT NULL,
	peer TEXT NOT NULL,
	deleted INTEGER NOT NULL,
	seq BIGINT NOT NULL UNIQUE,
	datestamp BIGINT NOT NULL,
	doc TEXT NOT NULL, -- the resource as JSON, without its text
	body TEXT NOT NULL -- its plain text
);
CREATE INDEX resources_address ON resources (owner, slug, part);
CREATE INDEX resources_identifier ON resources (identifier);
CREATE INDEX resources_repository ON resources (repository);
CREATE INDEX resources_peer ON resources (peer, deleted);
CREATE INDEX resources_datestamp ON resources (peer, datestamp);

-- What each resource is based on (kind 'source') or translates (kind 'translation'), by OAI identifier.
CREATE TABLE links (
	resource TEXT NOT NULL,
	kind TEXT NOT NULL,
	target TEXT NOT NULL,
	PRIMARY KEY (resource, kind, target)
);
CREATE INDEX links_target ON links (target, kind);

-- Records as harvesters get them, rendered when written.
CREATE TABLE records (
	resource TEXT NOT NULL,
	prefix TEXT NOT NULL,
	xml TEXT NOT NULL,
	PRIMARY KEY (resource, prefix)
);
CREATE TABLE sets (
	spec TEXT NOT NULL,
	resource TEXT NOT NULL,
	seq BIGINT NOT NULL,
	PRIMARY KEY (spec, seq, resource)
);
CREATE INDEX sets_resource ON sets (resource);

-- The one feed that search, OAI-PMH, Atom and other nodes follow by number.
CREATE TABLE changes (
	seq BIGINT PRIMARY KEY,
	resource TEXT NOT NULL,
	kind TEXT NOT NULL,
	at BIGINT NOT NULL
);

CREATE TABLE owners (
	name TEXT PRIMARY KEY,
	title TEXT NOT NULL,
	kind TEXT NOT NULL -- person or team
);
CREATE TABLE members (
	team TEXT NOT NULL,
	account TEXT NOT NULL,
	role TEXT NOT NULL,
	PRIMARY KEY (team, account)
);
CREATE TABLE accounts (
	name TEXT PRIMARY KEY,
	display TEXT NOT NULL,
	role TEXT NOT NULL,
	password TEXT NOT NULL, -- argon2id; empty: no sign-in by password
	created BIGINT NOT NULL
);
CREATE TABLE tokens (
	id TEXT PRIMARY KEY,
	account TEXT NOT NULL,
	name TEXT NOT NULL,
	hash TEXT NOT NULL UNIQUE,
	scopes TEXT NOT NULL,
	created BIGINT NOT NULL,
	expires BIGINT NOT NULL -- 0: never
);
CREATE TABLE sessions (
	hash TEXT PRIMARY KEY,
	account TEXT NOT NULL,
	expires BIGINT NOT NULL
);

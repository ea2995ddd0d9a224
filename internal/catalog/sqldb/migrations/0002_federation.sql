-- +goose Up
CREATE TABLE settings (
	name TEXT PRIMARY KEY,
	value TEXT NOT NULL
);

-- When the resource last changed, for lists that must read the same after a rebuild.
ALTER TABLE resources ADD COLUMN modified BIGINT NOT NULL DEFAULT 0;
CREATE INDEX resources_modified ON resources (modified);

ALTER TABLE addresses ADD COLUMN generation BIGINT NOT NULL DEFAULT 0;

-- Numbers of runs are never given twice, not even after a peer is gone.
ALTER TABLE clock ADD COLUMN run BIGINT NOT NULL DEFAULT 0;

CREATE TABLE peers (
	name TEXT PRIMARY KEY,
	doc TEXT NOT NULL,   -- settings, as JSON
	state TEXT NOT NULL  -- how far the harvest has come, as JSON
);
CREATE TABLE runs (
	id INTEGER PRIMARY KEY,
	peer TEXT NOT NULL,
	finished BIGINT NOT NULL, -- 0: it goes on
	doc TEXT NOT NULL
);
CREATE INDEX runs_peer ON runs (peer, id);

-- What a peer sent, beside the resource made of it.
CREATE TABLE harvested (
	resource TEXT PRIMARY KEY,
	peer TEXT NOT NULL,
	identifier TEXT NOT NULL,
	stamp TEXT NOT NULL,
	datestamp BIGINT NOT NULL, -- the peer's
	round BIGINT NOT NULL,
	prefix TEXT NOT NULL,
	digest TEXT NOT NULL, -- of all that makes it a change when it differs
	sets TEXT NOT NULL,   -- JSON
	raw TEXT NOT NULL,
	about TEXT NOT NULL   -- JSON
);
CREATE UNIQUE INDEX harvested_identifier ON harvested (peer, identifier);
CREATE INDEX harvested_round ON harvested (peer, round);

CREATE TABLE quarantine (
	peer TEXT NOT NULL,
	entry TEXT NOT NULL, -- the identifier, or a digest of the bytes where there is none
	at BIGINT NOT NULL,
	doc TEXT NOT NULL,
	PRIMARY KEY (peer, entry)
);

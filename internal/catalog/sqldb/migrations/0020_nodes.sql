-- +goose Up
-- What several nodes need to share one database.

-- Work that is to be done once, and whose turn it is. Times are milliseconds since 1970, by the database's clock.
CREATE TABLE jobs (
	kind TEXT NOT NULL,
	name TEXT NOT NULL, -- one job of a kind and name at a time
	payload TEXT NOT NULL,
	due BIGINT NOT NULL,
	holder TEXT NOT NULL, -- who does it; empty: nobody
	until BIGINT NOT NULL, -- then the holder has lost it, unless its heart beats
	token BIGINT NOT NULL, -- grows with each holder
	attempts BIGINT NOT NULL,
	stop INTEGER NOT NULL, -- the holder is to give up
	PRIMARY KEY (kind, name)
);
CREATE INDEX jobs_due ON jobs (kind, due);
ALTER TABLE clock ADD COLUMN token BIGINT NOT NULL DEFAULT 0;

-- Attempts to sign in that failed, by keyed hashes of names and addresses. Times are milliseconds.
CREATE TABLE guesses (
	hash TEXT PRIMARY KEY,
	failures BIGINT NOT NULL,
	newest BIGINT NOT NULL,
	until BIGINT NOT NULL
);
CREATE INDEX guesses_newest ON guesses (newest);

-- When an address was reserved, in seconds: one without a manifest may be about to get it, from another node.
ALTER TABLE addresses ADD COLUMN reserved BIGINT NOT NULL DEFAULT 0;

-- The oldest newest migration of a program that may still use this database. A migration that takes something away raises it
-- to the newest one of the version before, which did without already.
ALTER TABLE clock ADD COLUMN needs BIGINT NOT NULL DEFAULT 0;

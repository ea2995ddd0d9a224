-- +goose Up
-- Releases that are to be made at a time.
CREATE TABLE planned (
	address TEXT NOT NULL, -- owner/slug
	version TEXT NOT NULL,
	revision TEXT NOT NULL,
	notes TEXT NOT NULL,
	account TEXT NOT NULL, -- whose release it will be, and whose right counts then
	zone TEXT NOT NULL,    -- in which the time was given
	due BIGINT NOT NULL,
	created BIGINT NOT NULL,
	problem TEXT NOT NULL, -- why it was not made when it was due; empty: it waits
	PRIMARY KEY (address, version)
);
CREATE INDEX planned_due ON planned (problem, due);

-- Secret addresses at which somebody without an account reads what is not published.
CREATE TABLE previews (
	id TEXT PRIMARY KEY,
	hash TEXT NOT NULL UNIQUE, -- of the address's secret
	kind TEXT NOT NULL,        -- draft, held or revision
	address TEXT NOT NULL,     -- owner/slug
	part TEXT NOT NULL,
	resource TEXT NOT NULL,    -- the id
	revision TEXT NOT NULL,    -- of kind revision
	account TEXT NOT NULL,     -- who made it, and whose draft it shows
	note TEXT NOT NULL,        -- for whom
	created BIGINT NOT NULL,
	expires BIGINT NOT NULL
);
CREATE INDEX previews_address ON previews (address, created);

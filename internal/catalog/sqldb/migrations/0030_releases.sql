-- +goose Up
-- Releases of this server's own resources, as their tags say, each with the number of the change that told of it.
CREATE TABLE releases (
	resource TEXT NOT NULL, -- the id of the root
	version TEXT NOT NULL,
	revision TEXT NOT NULL,
	at BIGINT NOT NULL,
	seq BIGINT NOT NULL,
	doc TEXT NOT NULL, -- the release as JSON
	PRIMARY KEY (resource, version)
);
CREATE INDEX releases_seq ON releases (seq);
CREATE INDEX releases_at ON releases (at, resource);

-- +goose Up
-- Invitations whose link went out by mail: how many of them one person makes a day is bounded.
ALTER TABLE invitations ADD COLUMN mailed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX invitations_by ON invitations (invited_by, created);
-- Addresses whose readers want neither questions nor invitations, as keyed hashes.
CREATE TABLE mail_refused (
	address TEXT PRIMARY KEY,
	created BIGINT NOT NULL
);
-- Releases on other servers that were told by mail: a record of one may come again and again.
CREATE TABLE mail_told (
	identifier TEXT NOT NULL,
	version TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (identifier, version)
);

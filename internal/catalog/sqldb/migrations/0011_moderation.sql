-- +goose Up
-- 0: the account's first publication waits for a moderator.
ALTER TABLE accounts ADD COLUMN trusted INTEGER NOT NULL DEFAULT 1;

-- What an erased account's person wants to be called where credit stays; empty: as published.
CREATE TABLE leavers (
	account TEXT PRIMARY KEY,
	display TEXT NOT NULL,
	pseudonym TEXT NOT NULL,
	at BIGINT NOT NULL
);

-- SQLite only:
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
-- SQLite only:
CREATE TRIGGER audit_remains BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

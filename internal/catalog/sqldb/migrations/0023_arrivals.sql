-- +goose Up
-- What a peer sent is found by the peer and the identifier that it gave: a second index, by ids that are spread over all of
-- it, would have every record of a harvest write a page of its own once there are many.
CREATE TABLE arrived (
	peer TEXT NOT NULL,
	identifier TEXT NOT NULL,
	resource TEXT NOT NULL,
	stamp TEXT NOT NULL,
	datestamp BIGINT NOT NULL, -- the peer's
	round BIGINT NOT NULL,
	prefix TEXT NOT NULL,
	digest TEXT NOT NULL, -- of all that makes it a change when it differs
	sets TEXT NOT NULL,   -- JSON
	raw TEXT NOT NULL,
	about TEXT NOT NULL,  -- JSON
	PRIMARY KEY (peer, identifier)
);
INSERT INTO arrived (peer, identifier, resource, stamp, datestamp, round, prefix, digest, sets, raw, about)
	SELECT peer, identifier, resource, stamp, datestamp, round, prefix, digest, sets, raw, about FROM harvested;
DROP TABLE harvested;
ALTER TABLE arrived RENAME TO harvested;

-- A BIGINT that is the key has an index beside the table in SQLite; an INTEGER is the place in the table itself.
-- SQLite only:
CREATE TABLE numbered (
	seq INTEGER PRIMARY KEY,
	resource TEXT NOT NULL,
	kind TEXT NOT NULL,
	at BIGINT NOT NULL
);
-- SQLite only:
INSERT INTO numbered (seq, resource, kind, at) SELECT seq, resource, kind, at FROM changes ORDER BY seq;
-- SQLite only:
DROP TABLE changes;
-- SQLite only:
ALTER TABLE numbered RENAME TO changes;

-- +goose Up
-- The list that harvesters get, in the order in which it is read: an item for each OAI identifier, a record for each item
-- and metadata format.

-- Numbers of items: their own, so that a record shown otherwise is no change of its resource. And the newest change of a
-- harvested resource that the list knows of.
ALTER TABLE clock ADD COLUMN item BIGINT NOT NULL DEFAULT 0;
ALTER TABLE clock ADD COLUMN listed BIGINT NOT NULL DEFAULT 0;

DROP TABLE records; -- made again from the bucket
ALTER TABLE sets RENAME TO old_sets;
DROP INDEX sets_resource;

CREATE TABLE items (
	identifier TEXT PRIMARY KEY,
	seq BIGINT NOT NULL UNIQUE,
	resource TEXT NOT NULL, -- which of those with the identifier is shown
	peer TEXT NOT NULL,     -- whom it was harvested from; empty: own
	datestamp BIGINT NOT NULL,
	deleted INTEGER NOT NULL,
	sets TEXT NOT NULL -- specs, separated by blanks
);
CREATE INDEX items_datestamp ON items (datestamp, seq);
CREATE INDEX items_resource ON items (resource);

CREATE TABLE formats (
	number INTEGER PRIMARY KEY,
	prefix TEXT NOT NULL UNIQUE
);

-- place is number * 2^44 + seq: the rows of one format lie together, in the order of their list. What stands in the items
-- too stands here again because a page of a list is then one range of one table.
CREATE TABLE records (
	place INTEGER PRIMARY KEY,
	identifier TEXT NOT NULL,
	datestamp BIGINT NOT NULL,
	deleted INTEGER NOT NULL,
	sets TEXT NOT NULL,
	rights TEXT NOT NULL, -- address of the license
	about TEXT NOT NULL,  -- provenance, one XML element; empty for own
	xml BLOB NOT NULL
);

-- The members of each set and of all sets above it.
CREATE TABLE set_items (
	spec TEXT NOT NULL,
	seq BIGINT NOT NULL,
	PRIMARY KEY (spec, seq)
);
CREATE TABLE sets (
	spec TEXT PRIMARY KEY, -- empty: all items
	items BIGINT NOT NULL
);

-- Identifiers to look at again, because whose they are has changed.
CREATE TABLE unlisted (
	identifier TEXT PRIMARY KEY
);

-- What is shown is made again from the bucket; what was deleted is moved.
INSERT INTO formats (number, prefix) VALUES (1, 'oai_dc'), (2, 'lrmi');
-- SQLite only:
INSERT INTO items (identifier, seq, resource, peer, datestamp, deleted, sets)
	SELECT r.identifier, r.seq, r.id, '', r.datestamp, 1,
		COALESCE((SELECT group_concat(s.spec, ' ') FROM old_sets s WHERE s.resource = r.id), '')
	FROM resources r WHERE r.deleted = 1 AND r.peer = '';
INSERT INTO records (place, identifier, datestamp, deleted, sets, rights, about, xml)
	SELECT f.number * 17592186044416 + i.seq, i.identifier, i.datestamp, 1, i.sets, '', '', ''
	FROM items i JOIN formats f ON 1 = 1;
-- SQLite only:
INSERT INTO set_items (spec, seq)
	SELECT DISTINCT spec, seq FROM (
		SELECT s.spec AS spec, r.seq AS seq FROM old_sets s JOIN resources r ON r.id = s.resource WHERE r.deleted = 1 AND r.peer = ''
		UNION ALL
		SELECT substr(s.spec, 1, instr(s.spec, ':') - 1), r.seq FROM old_sets s JOIN resources r ON r.id = s.resource
		WHERE r.deleted = 1 AND r.peer = '' AND instr(s.spec, ':') > 0) AS m;
INSERT INTO sets (spec, items) SELECT spec, COUNT(*) FROM set_items GROUP BY spec;
INSERT INTO sets (spec, items) SELECT '', COUNT(*) FROM items;
UPDATE clock SET item = seq;
DROP TABLE old_sets;

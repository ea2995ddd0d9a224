-- +goose Up
-- Up to which change the holdings are counted: a version before them changes resources without counting. The table of the
-- clock is changed first, so that nobody changes resources until they are counted.
ALTER TABLE clock ADD COLUMN counted BIGINT NOT NULL DEFAULT 0;

-- What there is, so that nobody who asks has whole tables counted.
CREATE TABLE holdings (
	kind TEXT NOT NULL, -- peer or owner
	name TEXT NOT NULL, -- of a peer; empty: this server
	resources BIGINT NOT NULL, -- live ones of a peer; addresses at which an owner has published
	stored BIGINT NOT NULL, -- bytes in the bucket, of an owner
	PRIMARY KEY (kind, name)
);
CREATE INDEX holdings_most ON holdings (resources DESC, name) WHERE kind = 'owner';
INSERT INTO holdings (kind, name, resources, stored)
	SELECT 'peer', peer, COUNT(*), 0 FROM resources WHERE deleted = 0 GROUP BY peer;
INSERT INTO holdings (kind, name, resources, stored)
	SELECT 'owner', owner, COUNT(*), SUM(stored) FROM addresses WHERE tag <> '' GROUP BY owner;
UPDATE clock SET counted = seq;

-- +goose Up
-- What is newest is asked for by every visit of the first page. After a mass change many have one time, so that the order
-- among those is in the index too.
DROP INDEX resources_modified;
CREATE INDEX resources_newest ON resources (modified DESC, identifier) WHERE deleted = 0 AND part = '';

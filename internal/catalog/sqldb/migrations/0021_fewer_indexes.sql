-- +goose Up
-- Each index costs as much as the row itself where many are harvested: none that no query uses, and only own resources
-- where no other has what it is about.
DROP INDEX resources_repository;
DROP INDEX resources_datestamp;
DROP INDEX resources_address;
CREATE INDEX resources_address ON resources (owner, slug, part) WHERE peer = '';
DROP INDEX harvested_round;

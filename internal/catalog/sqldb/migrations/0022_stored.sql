-- +goose Up
-- How much an owner's histories take in the bucket: written with the manifest that the catalog shows.
ALTER TABLE addresses ADD COLUMN stored BIGINT NOT NULL DEFAULT 0;

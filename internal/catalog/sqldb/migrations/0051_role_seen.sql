-- +goose Up
-- When a provider of sign-ins last said that somebody has a role; a role that it gave ends some time after that.
ALTER TABLE members ADD COLUMN seen BIGINT NOT NULL DEFAULT 0;
UPDATE members SET seen = since;

-- +goose Up
-- Whose OAI identifiers a peer may speak for; empty: nobody's.
ALTER TABLE peers ADD COLUMN namespace TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX peers_namespace ON peers (namespace) WHERE namespace <> '';

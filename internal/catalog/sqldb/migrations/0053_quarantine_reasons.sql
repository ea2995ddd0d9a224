-- +goose Up
-- What is wrong with ten thousand records is counted without reading them.
CREATE INDEX quarantine_reasons ON quarantine (peer, reason);

-- +goose Up
-- What is wrong with a record, to count by, and the datestamp that it came with, to see whether it came again.
ALTER TABLE quarantine ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE quarantine ADD COLUMN stamp TEXT NOT NULL DEFAULT '';
-- SQLite only:
UPDATE quarantine SET reason = json_extract(doc, '$.reason');
CREATE INDEX quarantine_newest ON quarantine (peer, at);

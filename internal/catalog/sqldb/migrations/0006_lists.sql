-- +goose Up
-- What is on the lists that boards approve, by OAI identifier: each list is a set for harvesters.
CREATE TABLE list_members (
	list TEXT NOT NULL,
	identifier TEXT NOT NULL,
	PRIMARY KEY (list, identifier)
);
CREATE INDEX list_members_identifier ON list_members (identifier);

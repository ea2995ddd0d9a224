-- +goose Up
-- Where people want notices sent, if they do. confirmed: whoever reads the mail there has said so.
CREATE TABLE mail_addresses (
	account TEXT PRIMARY KEY,
	address TEXT NOT NULL,
	language TEXT NOT NULL,
	confirmed INTEGER NOT NULL,
	created BIGINT NOT NULL
);

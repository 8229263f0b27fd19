-- record/0011_recall_words.sql - reasons of 200 characters: a variation selector is none of its own
-- and takes its place, as in the other reasons.
ALTER TABLE record_recall_done
	MODIFY reason        VARCHAR(1200) NOT NULL,
	MODIFY undone_reason VARCHAR(1200) NULL;

-- core/0011_job_words.sql - names of files of 255 characters and reasons of 200: a variation selector
-- is none of its own and takes its place.
ALTER TABLE core_job
	MODIFY filename        VARCHAR(1530) NULL,
	MODIFY override_reason VARCHAR(1200) NULL;

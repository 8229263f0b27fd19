-- core/0007_job_release.sql - exports of many rows wait for the word of another person (yb/job.h,
-- vaccination brief H-3-2). Who released it is a user id; why is in the access log.
ALTER TABLE core_job
	ADD release_needed TINYINT     NOT NULL DEFAULT 0 COMMENT 'settled when it was written',
	ADD made_open      TINYINT     NOT NULL DEFAULT 0 COMMENT 'by somebody with restricted_view',
	ADD released_by    VARCHAR(64) NULL,
	ADD released_us    BIGINT      NULL;

-- record/0004_inquiry.sql - watching inquiries (L-06), inquiries by list (P-06), the end of
-- retention (P-03).

-- How far the watching timer has read each chain of the access log.
CREATE TABLE record_access_cursor (
	chain_id BIGINT UNSIGNED NOT NULL,
	seq      BIGINT UNSIGNED NOT NULL,
	PRIMARY KEY (chain_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE VIEW record_access_head AS
	SELECT chain_id, MAX(seq) AS seq FROM audit_event GROUP BY chain_id;

-- An inquiry by a list of numbers: asked for by one, approved by another (P-06).
CREATE TABLE record_bulk (
	bulk_id      BINARY(16)      NOT NULL,
	org_id       BIGINT          NOT NULL,
	state        VARCHAR(9)      NOT NULL COMMENT 'ASKED APPROVED REJECTED',
	purpose      CHAR(2)         NOT NULL,
	reason       VARCHAR(1200)   NOT NULL,
	n            INT             NOT NULL,
	sealed       MEDIUMBLOB      NULL COMMENT 'the numbers; NULL once expired',
	asked_us     BIGINT          NOT NULL,
	asked_by     VARCHAR(64)     NOT NULL,
	decided_us   BIGINT          NULL,
	decided_by   VARCHAR(64)     NULL,
	comment      VARCHAR(1200)   NULL,
	PRIMARY KEY (bulk_id),
	KEY asked (org_id, asked_us)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Persons whose records may go: listed by the timer, proposed by one, deleted by another.
CREATE TABLE record_retention (
	subject_id  BIGINT      NOT NULL,
	org_id      BIGINT      NOT NULL,
	state       VARCHAR(8)  NOT NULL COMMENT 'LISTED PROPOSED',
	death_date  DATE        NOT NULL,
	listed_us   BIGINT      NOT NULL,
	proposed_us BIGINT      NULL,
	proposed_by VARCHAR(64) NULL,
	PRIMARY KEY (subject_id),
	KEY listed (org_id, state, subject_id),
	CONSTRAINT record_retention_subject FOREIGN KEY (subject_id)
		REFERENCES record_subject (subject_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

ALTER TABLE record_subject ADD KEY death (death_date);

-- The doses that are due, as the rules said last night (勧奨).
CREATE TABLE record_due (
	due_id       BIGINT       NOT NULL AUTO_INCREMENT,
	org_id       BIGINT       NOT NULL,
	subject_id   BIGINT       NOT NULL,
	vaccine_code VARCHAR(12)  NOT NULL,
	phase        VARCHAR(12)  NULL,
	dose_seq     TINYINT      NOT NULL,
	dose_label   VARCHAR(120) NULL,
	earliest     DATE         NOT NULL,
	recommended  DATE         NULL,
	latest       DATE         NULL,
	made_us      BIGINT       NOT NULL,
	PRIMARY KEY (due_id),
	KEY list (org_id, vaccine_code, due_id),
	KEY subject (subject_id),
	CONSTRAINT record_due_subject FOREIGN KEY (subject_id)
		REFERENCES record_subject (subject_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

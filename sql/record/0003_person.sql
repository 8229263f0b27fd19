-- record/0003_person.sql - one person in several rows: who moved is registered by each of their
-- municipalities (C5, P-10). Records never move; a pair says that two rows are one person.

ALTER TABLE record_subject
	ADD pair_due TINYINT NOT NULL DEFAULT 1 COMMENT '1: to be compared with the others',
	ADD linked   TINYINT NOT NULL DEFAULT 0 COMMENT '1: some pair of it is SAME',
	ADD KEY pair_due (pair_due, subject_id),
	ADD KEY likeness (birth_date, kana_key(32), sex);

CREATE TABLE record_pair (
	pair_id     BIGINT        NOT NULL AUTO_INCREMENT,
	a_id        BIGINT        NOT NULL COMMENT 'the smaller subject_id',
	b_id        BIGINT        NOT NULL,
	a_org_id    BIGINT        NOT NULL COMMENT 'the municipality of a',
	b_org_id    BIGINT        NOT NULL,
	kind        VARCHAR(9)    NOT NULL COMMENT 'number: same 個人番号; candidate: kana, birth, sex',
	state       VARCHAR(9)    NOT NULL COMMENT 'OPEN PROPOSED HOLD SAME DIFFERENT',
	reason      VARCHAR(1200) NULL,
	proposed_by VARCHAR(64)   NULL,
	decided_by  VARCHAR(64)   NULL COMMENT 'NULL: the number decided',
	decided_us  BIGINT        NULL,
	created_us  BIGINT        NOT NULL,
	row_ver     INT           NOT NULL DEFAULT 1,
	PRIMARY KEY (pair_id),
	UNIQUE KEY pair (a_id, b_id),
	KEY other (b_id),
	KEY a_open (a_org_id, state, pair_id),
	KEY b_open (b_org_id, state, pair_id),
	CONSTRAINT record_pair_a FOREIGN KEY (a_id) REFERENCES record_subject (subject_id),
	CONSTRAINT record_pair_b FOREIGN KEY (b_id) REFERENCES record_subject (subject_id),
	CONSTRAINT record_pair_order CHECK (a_id < b_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

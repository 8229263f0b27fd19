-- record/0009_recall_done.sql - stopped lots a municipality has dealt with (vaccination brief 13,
-- H-8-3 step 7).

-- One word of a person about a lot: everybody who is listed has been reached.
CREATE TABLE record_recall_done (
	recall_id     BIGINT       NOT NULL AUTO_INCREMENT,
	org_id        BIGINT       NOT NULL,
	lot_no        VARCHAR(20)  NOT NULL,
	vaccine_code  VARCHAR(12)  NOT NULL,
	reason        VARCHAR(200) NOT NULL,
	done_us       BIGINT       NOT NULL,
	done_by       VARCHAR(64)  NOT NULL,
	undone_us     BIGINT       NULL COMMENT 'the word was taken back',
	undone_by     VARCHAR(64)  NULL,
	undone_reason VARCHAR(200) NULL,
	PRIMARY KEY (recall_id),
	KEY lot (org_id, lot_no, vaccine_code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Which records it was about: whoever is not among them opens the lot again.
CREATE TABLE record_recall_seen (
	subject_id BIGINT     NOT NULL,
	record_id  BINARY(16) NOT NULL,
	recall_id  BIGINT     NOT NULL,
	PRIMARY KEY (subject_id, record_id, recall_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

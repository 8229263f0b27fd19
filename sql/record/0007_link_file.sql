-- record/0007_link_file.sql - the file route of H-3-1: what each night's file of a municipality has.

-- One file a municipality and night. Numbers of the outbox alone, nobody can be told from them.
CREATE TABLE record_link_file (
	org_id   BIGINT   NOT NULL,
	file_day DATE     NOT NULL COMMENT 'in Japan',
	from_seq BIGINT   NOT NULL,
	to_seq   BIGINT   NOT NULL COMMENT 'from_seq - 1: there was nothing',
	job_no   CHAR(10) NOT NULL,
	made_us  BIGINT   NOT NULL,
	done_us  BIGINT   NULL     COMMENT 'the file is whole; before, the next night has its numbers too',
	PRIMARY KEY (org_id, file_day),
	KEY done (org_id, done_us, to_seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

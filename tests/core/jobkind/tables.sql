-- Tables of the area that tests the job engine (jobkind.c), made in the instance under test.
DELETE p FROM core_job_piece p JOIN core_job j USING (job_id) WHERE j.kind LIKE 'jobkind.%';
DELETE f FROM core_job_fault f JOIN core_job j USING (job_id) WHERE j.kind LIKE 'jobkind.%';
DELETE FROM core_job WHERE kind LIKE 'jobkind.%';
DROP TABLE IF EXISTS jobkind_item, jobkind_block, jobkind_plain;
CREATE TABLE jobkind_item (
	item_id    BIGINT       NOT NULL AUTO_INCREMENT,
	org_id     BIGINT       NOT NULL,
	code       CHAR(6)      NOT NULL,
	valid_from DATE         NOT NULL,
	name       VARCHAR(40)  NOT NULL,
	kind       CHAR(2)      NULL,
	price      INT          NULL,
	dose       DECIMAL(6,2) NULL,
	active     TINYINT      NOT NULL,
	memo       VARCHAR(200) NULL,
	secret     VARCHAR(20)  NULL,
	PRIMARY KEY (item_id),
	UNIQUE KEY jobkind_code (org_id, code, valid_from)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE jobkind_block (
	code CHAR(6) NOT NULL,
	PRIMARY KEY (code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE jobkind_plain (
	id     BIGINT      NOT NULL,
	name   VARCHAR(40) NOT NULL,
	amount BIGINT      NULL,
	PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
GRANT SELECT, INSERT, UPDATE ON jobkind_item TO 'yobo_jobs'@'localhost';
GRANT SELECT ON jobkind_block TO 'yobo_jobs'@'localhost';
GRANT SELECT, INSERT ON jobkind_plain TO 'yobo_jobs'@'localhost';

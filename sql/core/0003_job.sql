-- core/0003_job.sql - long work with rows (yb/job.h): files that come in, files that go out.

-- One job. `claim` is a number of whoever works on it now; nobody does after lease_us.
CREATE TABLE core_job (
	job_id          BIGINT        NOT NULL AUTO_INCREMENT,
	job_no          CHAR(10)      NOT NULL,
	org_id          BIGINT        NOT NULL,
	kind            VARCHAR(40)   NOT NULL,
	state           VARCHAR(10)   NOT NULL,
	actor_id        BIGINT        NOT NULL,
	actor           VARCHAR(64)   NOT NULL,
	commit_actor_id BIGINT        NULL     COMMENT 'who said the word to commit',
	commit_actor    VARCHAR(64)   NULL,
	commit_us       BIGINT        NULL,
	english         TINYINT       NOT NULL COMMENT 'language of the file of faults',
	filename        VARCHAR(255)  NULL,
	params          TEXT          NULL     COMMENT 'JSON',
	bytes           BIGINT        NOT NULL COMMENT 'as announced',
	received        BIGINT        NOT NULL DEFAULT 0,
	lines_seen      BIGINT        NOT NULL DEFAULT 0 COMMENT 'ends of rows in what was received',
	in_quotes       TINYINT       NOT NULL DEFAULT 0 COMMENT 'what was received ends in a cell',
	said_sha256     BINARY(32)    NULL,
	sha256          BINARY(32)    NULL,
	same_as         CHAR(10)      NULL     COMMENT 'an earlier job with this very file',
	encoding        VARCHAR(12)   NULL,
	preview         MEDIUMTEXT    NULL     COMMENT 'JSON: headings and first rows',
	partial         TINYINT       NOT NULL DEFAULT 0,
	overridden      TINYINT       NOT NULL DEFAULT 0,
	override_reason VARCHAR(200)  NULL,
	hold            VARCHAR(12)   NULL,
	problem         VARCHAR(12)   NULL,
	problem_line    BIGINT        NULL,
	problem_column  BIGINT        NULL,
	problem_wanted  VARCHAR(200)  NULL,
	problem_found   VARCHAR(200)  NULL,
	rows_total      BIGINT        NULL,
	rows_done       BIGINT        NOT NULL DEFAULT 0,
	bytes_done      BIGINT        NOT NULL DEFAULT 0,
	added           BIGINT        NOT NULL DEFAULT 0,
	changed         BIGINT        NOT NULL DEFAULT 0,
	same            BIGINT        NOT NULL DEFAULT 0,
	ended           BIGINT        NOT NULL DEFAULT 0,
	unsaid          BIGINT        NOT NULL DEFAULT 0,
	bad             BIGINT        NOT NULL DEFAULT 0,
	error_bytes     BIGINT        NOT NULL DEFAULT 0,
	result_bytes    BIGINT        NOT NULL DEFAULT 0,
	file_gone       TINYINT       NOT NULL DEFAULT 0,
	claim           BIGINT        NOT NULL DEFAULT 0,
	lease_us        BIGINT        NOT NULL DEFAULT 0,
	attempts        INT           NOT NULL DEFAULT 0,
	row_ver         INT           NOT NULL DEFAULT 1,
	created_us      BIGINT        NOT NULL,
	stage_us        BIGINT        NOT NULL COMMENT 'when this state began',
	finished_us     BIGINT        NULL,
	expires_us      BIGINT        NOT NULL,
	PRIMARY KEY (job_id),
	UNIQUE KEY core_job_no (job_no),
	KEY core_job_org (org_id, job_id),
	KEY core_job_work (state, lease_us),
	KEY core_job_end (expires_us),
	CONSTRAINT core_job_of FOREIGN KEY (org_id) REFERENCES core_org (org_id),
	CONSTRAINT core_job_state CHECK (state IN ('UPLOADING', 'CHECKING', 'READY', 'REFUSED',
		'COMMITTING', 'WAITING', 'DONE', 'FAILED', 'CANCELLED'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Files in parts of at most 1 MiB, sealed. stream: 1 what came, 2 its faulty rows, 3 what goes
-- out, 4 which rows are faulty (a bit each). A part's place counts the bytes before it.
CREATE TABLE core_job_piece (
	job_id BIGINT     NOT NULL,
	stream TINYINT    NOT NULL,
	place  BIGINT     NOT NULL,
	bytes  MEDIUMBLOB NOT NULL,
	PRIMARY KEY (job_id, stream, place),
	CONSTRAINT core_job_piece_of FOREIGN KEY (job_id) REFERENCES core_job (job_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The first faults, as people are shown them.
CREATE TABLE core_job_fault (
	job_id BIGINT       NOT NULL,
	n      INT          NOT NULL,
	line   BIGINT       NOT NULL,
	field  VARCHAR(64)  NULL,
	label  VARCHAR(200) NULL,
	value  VARCHAR(200) NULL     COMMENT 'never of a secret field',
	code   VARCHAR(12)  NOT NULL,
	PRIMARY KEY (job_id, n),
	CONSTRAINT core_job_fault_of FOREIGN KEY (job_id) REFERENCES core_job (job_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- How far a commit is: written beside its transaction, which nobody can look into.
CREATE TABLE core_job_progress (
	job_id    BIGINT NOT NULL,
	rows_done BIGINT NOT NULL,
	PRIMARY KEY (job_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

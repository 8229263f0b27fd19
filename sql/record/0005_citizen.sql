-- record/0005_citizen.sql - the person's own view through マイナポータル (H-3-3): who a pairwise
-- identifier is, who may not look for whom (P-11), and 「記録が違う」.
--
-- A pairwise identifier is kept as its HMAC only. It leads to one row of the person; the others
-- are found from there (record_pair), so that a link survives a move.

CREATE TABLE record_citizen_link (
	pairwise   BINARY(32) NOT NULL COMMENT 'HMAC-SHA-256 of portal and identifier',
	subject_id BIGINT     NOT NULL,
	since_us   BIGINT     NOT NULL,
	PRIMARY KEY (pairwise),
	KEY subject_id (subject_id),
	CONSTRAINT record_citizen_link_subject FOREIGN KEY (subject_id)
		REFERENCES record_subject (subject_id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Statements seen, each of which counts once, and how often somebody has asked lately.
CREATE TABLE record_citizen_use (
	actor_id   BIGINT     NOT NULL COMMENT 'the program that signed it, or the session',
	jti_sha256 BINARY(32) NOT NULL,
	viewer     BINARY(32) NOT NULL,
	at_us      BIGINT     NOT NULL,
	expires_us BIGINT     NOT NULL,
	PRIMARY KEY (actor_id, jti_sha256),
	KEY viewer (viewer, at_us),
	KEY expires_us (expires_us)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Who has looked as a proxy, and whom the municipality does not let. A row without a guardian
-- is everybody. A guardian the municipality names by number is subject_id of the guardian.
CREATE TABLE record_proxy (
	proxy_id    BIGINT       NOT NULL AUTO_INCREMENT,
	subject_id  BIGINT       NOT NULL COMMENT 'the child',
	viewer      BINARY(32)   NULL COMMENT 'the guardian, as the portal names them',
	guardian_id BIGINT       NULL COMMENT 'the guardian, as a person of ours',
	blocked     TINYINT      NOT NULL DEFAULT 0,
	reason      VARCHAR(1200) NULL,
	set_us      BIGINT       NULL,
	set_by      VARCHAR(64)  NULL,
	first_us    BIGINT       NULL COMMENT 'first and last look through the portal',
	last_us     BIGINT       NULL,
	PRIMARY KEY (proxy_id),
	UNIQUE KEY viewer (subject_id, viewer),
	KEY guardian (subject_id, guardian_id),
	CONSTRAINT record_proxy_child FOREIGN KEY (subject_id)
		REFERENCES record_subject (subject_id) ON DELETE CASCADE,
	CONSTRAINT record_proxy_guardian FOREIGN KEY (guardian_id)
		REFERENCES record_subject (subject_id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- From when on a person under 支援措置 lives elsewhere (P-08); without a row everything is hidden.
CREATE TABLE record_evacuation (
	subject_id   BIGINT        NOT NULL,
	evacuated_on DATE          NOT NULL,
	reason       VARCHAR(1200) NOT NULL,
	set_us       BIGINT        NOT NULL,
	set_by       VARCHAR(64)   NOT NULL,
	PRIMARY KEY (subject_id),
	CONSTRAINT record_evacuation_subject FOREIGN KEY (subject_id)
		REFERENCES record_subject (subject_id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- 「記録が違う」: what a person, or their proxy, doubts; the municipality responsible answers.
CREATE TABLE record_enquiry (
	enquiry_id  BINARY(16)    NOT NULL,
	org_id      BIGINT        NOT NULL COMMENT 'the municipality responsible when it was sent',
	subject_id  BIGINT        NOT NULL COMMENT 'the row of the person at that municipality',
	of_id       BIGINT        NOT NULL COMMENT 'the row the record belongs to',
	record_id   BINARY(16)    NOT NULL,
	version     INT           NOT NULL,
	viewer      BINARY(32)    NOT NULL,
	proxy       TINYINT       NOT NULL,
	state       VARCHAR(8)    NOT NULL COMMENT 'RECEIVED WORKING ANSWERED',
	open        TINYINT       NULL COMMENT '1 until it is answered',
	text        VARCHAR(2400) NOT NULL,
	answer      VARCHAR(2400) NULL,
	asked_us    BIGINT        NOT NULL,
	answered_us BIGINT        NULL,
	answered_by VARCHAR(64)   NULL,
	row_ver     INT           NOT NULL DEFAULT 1,
	PRIMARY KEY (enquiry_id),
	UNIQUE KEY one_open (record_id, viewer, open),
	KEY received (org_id, asked_us),
	KEY asked (viewer, asked_us),
	CONSTRAINT record_enquiry_subject FOREIGN KEY (subject_id)
		REFERENCES record_subject (subject_id) ON DELETE CASCADE,
	CONSTRAINT record_enquiry_of FOREIGN KEY (of_id)
		REFERENCES record_subject (subject_id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- A session of a citizen on the pages served here; numbers beyond those of users and programs.
CREATE TABLE record_citizen (
	citizen_id BIGINT       NOT NULL AUTO_INCREMENT,
	viewer     BINARY(32)   NOT NULL,
	app_id     VARCHAR(64)  NOT NULL,
	acr        VARCHAR(100) NOT NULL,
	expires_us BIGINT       NOT NULL,
	PRIMARY KEY (citizen_id),
	KEY expires_us (expires_us)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin AUTO_INCREMENT=2000000000000;

-- Whom the portal says this session may look at, under the name the portal uses.
CREATE TABLE record_citizen_person (
	citizen_id BIGINT       NOT NULL,
	n          TINYINT      NOT NULL,
	target     BINARY(32)   NOT NULL,
	proxy      TINYINT      NOT NULL,
	name       VARCHAR(600) NULL,
	PRIMARY KEY (citizen_id, n),
	CONSTRAINT record_citizen_person_of FOREIGN KEY (citizen_id)
		REFERENCES record_citizen (citizen_id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

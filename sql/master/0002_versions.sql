-- master/0002_versions.sql - every master of H-8 with its versions and its way from a draft to
-- the day it counts (vaccination brief 13, H-8: states M, MS-1 .. MS-8).
--
-- A change is what somebody hands in and somebody else approves: one row or 28,944 of them. Its
-- rows are versions. What a master's columns are is said by modules/master; here a version's
-- values are one flat JSON object of texts. Tables that others read at every request
-- (master_vaccine, master_bank_branch ...) are filled from the versions that count today.
--
-- owner_id is the organisation whose rows these are; 0 is the country. Days are days in Japan.

-- One row a master and owner: its lock, and a number that moves with every change of what counts.
CREATE TABLE master_book (
	master     VARCHAR(4) NOT NULL,
	owner_id   BIGINT     NOT NULL,
	rev        BIGINT     NOT NULL DEFAULT 0,
	baseline   CHAR(64)   NULL COMMENT 'SHA-256 of the shipped file its rows were taken from',
	changed_us BIGINT     NOT NULL,
	PRIMARY KEY (master, owner_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE master_key (
	key_id   BIGINT       NOT NULL AUTO_INCREMENT,
	master   VARCHAR(4)   NOT NULL,
	owner_id BIGINT       NOT NULL,
	key_text VARCHAR(120) NOT NULL COMMENT 'key columns, | between them',
	next_no  INT          NOT NULL DEFAULT 1,
	PRIMARY KEY (key_id),
	UNIQUE KEY master_key_text (master, key_text),
	KEY master_key_owner (master, owner_id, key_text)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE master_change (
	change_id    BIGINT       NOT NULL AUTO_INCREMENT,
	master       VARCHAR(4)   NOT NULL,
	owner_id     BIGINT       NOT NULL,
	org_id       BIGINT       NULL COMMENT 'who handed it in; NULL: shipped with the house',
	kind         VARCHAR(10)  NOT NULL,
	status       VARCHAR(12)  NOT NULL,
	valid_from   DATE         NOT NULL,
	reason       VARCHAR(200) NULL,
	legal_ref    VARCHAR(200) NULL COMMENT 'law, number and date (H-8-3)',
	ticket_no    VARCHAR(40)  NULL COMMENT 'change ticket (H-8-1, OPS)',
	need_own     TINYINT      NOT NULL DEFAULT 0 COMMENT 'approvals by the own organisation',
	need_nhic    TINYINT      NOT NULL DEFAULT 0 COMMENT 'approvals by NHIC',
	need_muni    BIGINT       NULL COMMENT 'the municipality that confirms',
	n_rows       BIGINT       NOT NULL DEFAULT 0,
	n_added      BIGINT       NOT NULL DEFAULT 0,
	n_changed    BIGINT       NOT NULL DEFAULT 0,
	n_ended      BIGINT       NOT NULL DEFAULT 0,
	diff_hash    BINARY(32)   NULL COMMENT 'SHA-256 of the difference, set when handed in',
	created_by   BIGINT       NULL,
	created_user VARCHAR(64)  NULL,
	decided_by   BIGINT       NULL,
	decided_user VARCHAR(64)  NULL,
	decided_text VARCHAR(200) NULL,
	created_us   BIGINT       NOT NULL,
	submitted_us BIGINT       NULL,
	decided_us   BIGINT       NULL,
	effective_us BIGINT       NULL,
	row_ver      INT          NOT NULL DEFAULT 1,
	updated_us   BIGINT       NOT NULL,
	PRIMARY KEY (change_id),
	KEY master_change_due (status, valid_from),
	KEY master_change_org (org_id, change_id),
	KEY master_change_effective (effective_us, change_id),
	CONSTRAINT master_change_by FOREIGN KEY (org_id) REFERENCES core_org (org_id),
	CONSTRAINT master_change_kind
		CHECK (kind IN ('EDIT', 'IMPORT', 'EMERGENCY', 'SHIPPED')),
	CONSTRAINT master_change_status CHECK (status IN ('DRAFT', 'PENDING', 'APPROVED', 'EFFECTIVE',
		'REJECTED', 'WITHDRAWN', 'ROLLED_BACK'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Who has approved a change so far, and the difference that person saw.
CREATE TABLE master_approval (
	change_id BIGINT      NOT NULL,
	actor_id  BIGINT      NOT NULL,
	user_id   VARCHAR(64) NOT NULL,
	org_id    BIGINT      NOT NULL,
	part      VARCHAR(4)  NOT NULL COMMENT 'OWN, NHIC, MUNI',
	diff_hash BINARY(32)  NOT NULL,
	at_us     BIGINT      NOT NULL,
	PRIMARY KEY (change_id, actor_id),
	CONSTRAINT master_approval_of FOREIGN KEY (change_id) REFERENCES master_change (change_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- pending is 1 while the version waits for approval and NULL otherwise: MS-2 as a unique key.
CREATE TABLE master_version (
	version_id  BIGINT       NOT NULL AUTO_INCREMENT,
	change_id   BIGINT       NOT NULL,
	key_id      BIGINT       NOT NULL,
	version_no  INT          NOT NULL,
	op          VARCHAR(6)   NOT NULL,
	status      VARCHAR(12)  NOT NULL,
	pending     TINYINT      NULL,
	valid_from  DATE         NOT NULL,
	valid_to    DATE         NULL,
	cells       MEDIUMTEXT   NOT NULL,
	row_hash    BINARY(32)   NOT NULL,
	search_key  VARCHAR(500) NOT NULL DEFAULT '',
	replaces    BIGINT       NULL COMMENT 'version_id this one takes over from',
	replaced_to DATE         NULL COMMENT 'valid_to that one had before',
	PRIMARY KEY (version_id),
	UNIQUE KEY master_version_no (key_id, version_no),
	UNIQUE KEY master_version_pending (key_id, pending),
	KEY master_version_change (change_id, key_id),
	KEY master_version_replaces (replaces),
	KEY master_version_end (status, valid_to),
	CONSTRAINT master_version_in FOREIGN KEY (change_id) REFERENCES master_change (change_id),
	CONSTRAINT master_version_of FOREIGN KEY (key_id) REFERENCES master_key (key_id),
	CONSTRAINT master_version_op CHECK (op IN ('NEW', 'REVISE', 'END', 'DELETE')),
	CONSTRAINT master_version_status CHECK (status IN ('DRAFT', 'PENDING', 'APPROVED', 'EFFECTIVE',
		'EXPIRED', 'REJECTED', 'WITHDRAWN', 'ROLLED_BACK', 'DELETED')),
	CONSTRAINT master_version_cells CHECK (JSON_VALID(cells))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- MS-3: what has left the draft keeps its words, whoever asks; what ever counted stays.
DELIMITER //
CREATE TRIGGER master_version_fixed BEFORE UPDATE ON master_version
FOR EACH ROW IF OLD.cells <> NEW.cells OR OLD.row_hash <> NEW.row_hash OR OLD.key_id <> NEW.key_id
	OR OLD.op <> NEW.op OR (OLD.status <> 'DRAFT' AND OLD.valid_from <> NEW.valid_from)
THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a version keeps its values'; END IF//

CREATE TRIGGER master_version_kept BEFORE DELETE ON master_version
FOR EACH ROW IF OLD.status <> 'DRAFT'
THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'only a draft is deleted'; END IF//
DELIMITER ;

-- Rows of a file that is "all there is" while it is carried out: what is not here ends.
CREATE TABLE master_import_key (
	change_id BIGINT NOT NULL,
	key_id    BIGINT NOT NULL,
	PRIMARY KEY (change_id, key_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Products and lots as they count today (M13): asked at every vaccination that is registered.
CREATE TABLE master_lot (
	product_code VARCHAR(20) NOT NULL,
	lot_no       VARCHAR(20) NOT NULL,
	vaccine_code VARCHAR(12) NOT NULL,
	maker        VARCHAR(60) NOT NULL,
	hot13        VARCHAR(13) NULL,
	yj           VARCHAR(12) NULL,
	gtin14       VARCHAR(14) NULL,
	expiry       DATE        NULL,
	lot_status   VARCHAR(10) NOT NULL,
	PRIMARY KEY (product_code, lot_no),
	KEY lot_no (lot_no, vaccine_code),
	KEY gtin14 (gtin14)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What other areas read of lots: VR-16 (known at all, stopped or not) and VR-17 (expiry).
CREATE VIEW master_lot_view AS
SELECT lot_no, vaccine_code, product_code, gtin14, expiry, lot_status = '使用停止' AS stopped
  FROM master_lot;

-- Any master's versions that count on some day: ask with master, key_text and the day.
-- version_id is what a transaction keeps of the master it used (MS-6).
CREATE VIEW master_live_view AS
SELECT k.master, k.key_text, k.owner_id, v.version_id, v.version_no, v.valid_from, v.valid_to,
       v.cells
  FROM master_key AS k JOIN master_version AS v ON v.key_id = k.key_id
 WHERE v.op IN ('NEW', 'REVISE') AND v.status IN ('APPROVED', 'EFFECTIVE', 'EXPIRED');

-- Moves when what counts has changed: for whoever keeps rules in memory.
CREATE VIEW master_rev_view AS
SELECT master, SUM(rev) AS rev, MAX(changed_us) AS changed_us FROM master_book GROUP BY master;

-- master/0003_exchange.sql - masters from and to other systems (vaccination brief 13, H-8-7, H-8-8),
-- and what becomes of a municipality that is merged into another (H-8-6).

ALTER TABLE master_change
	DROP CONSTRAINT master_change_kind,
	ADD CONSTRAINT master_change_kind
		CHECK (kind IN ('EDIT', 'IMPORT', 'EMERGENCY', 'SHIPPED', 'RECEIVED'));

-- Whether the master knows any lot of a vaccine at all: asked for lots it does not know.
ALTER TABLE master_lot ADD KEY vaccine_code (vaccine_code, lot_status);

-- A file of another system, from the moment it was seen. What its control file says is only kept
-- once its signature was found good.
CREATE TABLE master_receipt (
	receipt_id     BIGINT       NOT NULL AUTO_INCREMENT,
	name           VARCHAR(60)  NOT NULL COMMENT 'of the file, without its endings',
	fingerprint    BINARY(32)   NOT NULL COMMENT 'SHA-256 of control file and signature',
	sender         VARCHAR(10)  NULL,
	master         VARCHAR(4)   NULL,
	layout         VARCHAR(20)  NULL,
	sequence       BIGINT       NULL,
	rows_said      BIGINT       NULL,
	sha256         BINARY(32)   NULL,
	status         VARCHAR(10)  NOT NULL,
	problem        VARCHAR(12)  NULL,
	attempts       INT          NOT NULL DEFAULT 0,
	retry_us       BIGINT       NOT NULL DEFAULT 0 COMMENT 'not before',
	n_before       BIGINT       NULL COMMENT 'rows that counted before',
	n_rows         BIGINT       NOT NULL DEFAULT 0,
	n_bad          BIGINT       NOT NULL DEFAULT 0,
	n_same         BIGINT       NOT NULL DEFAULT 0,
	n_added        BIGINT       NOT NULL DEFAULT 0,
	n_changed      BIGINT       NOT NULL DEFAULT 0,
	n_ended        BIGINT       NOT NULL DEFAULT 0,
	change_id      BIGINT       NULL,
	asked_by       BIGINT       NULL COMMENT 'who would let a held file through, or throw it away',
	asked_user     VARCHAR(64)  NULL,
	asked_what     VARCHAR(10)  NULL,
	asked_reason   VARCHAR(200) NULL,
	asked_us       BIGINT       NULL,
	decided_by     BIGINT       NULL COMMENT 'the second person',
	decided_user   VARCHAR(64)  NULL,
	decided_reason VARCHAR(200) NULL,
	decided_us     BIGINT       NULL,
	received_us    BIGINT       NOT NULL,
	verified_us    BIGINT       NULL,
	settled_us     BIGINT       NULL COMMENT 'APPLIED, FAILED or DISCARDED',
	acked_us       BIGINT       NULL,
	row_ver        INT          NOT NULL DEFAULT 1,
	PRIMARY KEY (receipt_id),
	UNIQUE KEY master_receipt_file (fingerprint),
	KEY master_receipt_status (status, sequence, receipt_id),
	KEY master_receipt_sequence (sender, master, sequence),
	KEY master_receipt_name (name, status),
	KEY master_receipt_ack (acked_us, status),
	CONSTRAINT master_receipt_change FOREIGN KEY (change_id) REFERENCES master_change (change_id),
	CONSTRAINT master_receipt_status CHECK (status IN ('RECEIVED', 'VERIFIED', 'HELD', 'RELEASED',
		'APPLIED', 'FAILED', 'DISCARDED')),
	CONSTRAINT master_receipt_eyes CHECK (decided_by IS NULL OR decided_by <> asked_by)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Rows of a file that could not be taken, as they came; the others go on.
CREATE TABLE master_quarantine (
	receipt_id BIGINT        NOT NULL,
	line       BIGINT        NOT NULL,
	field      VARCHAR(40)   NULL,
	code       VARCHAR(10)   NOT NULL,
	cells      VARCHAR(2000) NOT NULL COMMENT 'the line',
	PRIMARY KEY (receipt_id, line),
	CONSTRAINT master_quarantine_of FOREIGN KEY (receipt_id) REFERENCES master_receipt (receipt_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- 集合契約 (M62) with the days they hold: asked at every vaccination, for days long past too.
CREATE TABLE master_contract (
	key_id        BIGINT      NOT NULL,
	contract_no   VARCHAR(20) NOT NULL,
	muni_code     CHAR(6)     NOT NULL,
	org_code      VARCHAR(10) NOT NULL,
	vaccine_code  VARCHAR(12) NOT NULL,
	contract_from DATE        NOT NULL,
	contract_to   DATE        NULL,
	PRIMARY KEY (key_id),
	KEY master_contract_ask (muni_code, org_code, vaccine_code, contract_from),
	CONSTRAINT master_contract_of FOREIGN KEY (key_id) REFERENCES master_key (key_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE VIEW master_contract_view AS
SELECT muni_code, org_code, vaccine_code, contract_from, contract_to FROM master_contract;

-- A file we send: a run of versions of one master, in the order of their numbers.
CREATE TABLE master_sending (
	sending_id BIGINT      NOT NULL AUTO_INCREMENT,
	master     VARCHAR(4)  NOT NULL,
	sequence   BIGINT      NOT NULL,
	name       VARCHAR(60) NOT NULL,
	status     VARCHAR(8)  NOT NULL,
	problem    VARCHAR(12) NULL,
	n_rows     BIGINT      NOT NULL,
	sha256     BINARY(32)  NOT NULL,
	attempts   INT         NOT NULL DEFAULT 0,
	n_refused  BIGINT      NOT NULL DEFAULT 0,
	made_us    BIGINT      NOT NULL,
	sent_us    BIGINT      NULL,
	acked_us   BIGINT      NULL,
	row_ver    INT         NOT NULL DEFAULT 1,
	PRIMARY KEY (sending_id),
	UNIQUE KEY master_sending_no (master, sequence),
	KEY master_sending_status (status, sent_us),
	CONSTRAINT master_sending_status
		CHECK (status IN ('READY', 'SENT', 'ACKED', 'NACKED', 'HELD'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Its rows: one key in one version is sent once (master, key, version).
CREATE TABLE master_sending_row (
	version_id BIGINT       NOT NULL,
	kind       VARCHAR(6)   NOT NULL COMMENT 'COUNTS, or ENDS: its last day became known',
	sending_id BIGINT       NOT NULL,
	row_no     INT          NOT NULL,
	refused    VARCHAR(100) NULL COMMENT 'what the receiver says of it',
	PRIMARY KEY (version_id, kind),
	UNIQUE KEY master_sending_line (sending_id, row_no),
	CONSTRAINT master_sending_in FOREIGN KEY (sending_id) REFERENCES master_sending (sending_id),
	CONSTRAINT master_sending_of FOREIGN KEY (version_id) REFERENCES master_version (version_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Municipalities that become one. What happens on the day is done by each area for its own rows,
-- a few hundred at a time, until none is left.
CREATE TABLE master_merger (
	merger_id     BIGINT       NOT NULL AUTO_INCREMENT,
	new_code      CHAR(6)      NOT NULL,
	name          VARCHAR(80)  NOT NULL,
	name_kana     VARCHAR(160) NOT NULL,
	new_org_id    BIGINT       NULL COMMENT 'once it began, or when it is there already',
	on_day        DATE         NOT NULL COMMENT 'first day of the new one',
	status        VARCHAR(10)  NOT NULL,
	reason        VARCHAR(200) NOT NULL,
	created_by    BIGINT       NOT NULL,
	created_user  VARCHAR(64)  NOT NULL,
	decided_by    BIGINT       NULL,
	decided_user  VARCHAR(64)  NULL,
	created_us    BIGINT       NOT NULL,
	decided_us    BIGINT       NULL,
	began_us      BIGINT       NULL,
	done_us       BIGINT       NULL,
	row_ver       INT          NOT NULL DEFAULT 1,
	PRIMARY KEY (merger_id),
	KEY master_merger_due (status, on_day),
	CONSTRAINT master_merger_new FOREIGN KEY (new_org_id) REFERENCES core_org (org_id),
	CONSTRAINT master_merger_status
		CHECK (status IN ('PLANNED', 'APPROVED', 'MOVING', 'DONE', 'CANCELLED')),
	CONSTRAINT master_merger_month CHECK (DAYOFMONTH(on_day) = 1)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE master_merger_org (
	merger_id  BIGINT      NOT NULL,
	org_id     BIGINT      NOT NULL,
	old_code   CHAR(6)     NOT NULL,
	key_prefix VARCHAR(10) NOT NULL DEFAULT '' COMMENT 'before 宛名番号, so that none collide',
	subjects   BIGINT      NOT NULL DEFAULT 0 COMMENT 'as they were counted for the approval',
	accounts   BIGINT      NOT NULL DEFAULT 0,
	clients    BIGINT      NOT NULL DEFAULT 0,
	open       TINYINT     NULL COMMENT '1 until done or cancelled: one merger at a time',
	PRIMARY KEY (merger_id, org_id),
	UNIQUE KEY master_merger_open (org_id, open),
	CONSTRAINT master_merger_in FOREIGN KEY (merger_id) REFERENCES master_merger (merger_id),
	CONSTRAINT master_merger_old FOREIGN KEY (org_id) REFERENCES core_org (org_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Records keep the code of the municipality they were made under; these are whose they are now.
CREATE TABLE master_realm (
	org_id      BIGINT NOT NULL,
	muni_org_id BIGINT NOT NULL,
	PRIMARY KEY (muni_org_id),
	KEY master_realm_org (org_id),
	CONSTRAINT master_realm_new FOREIGN KEY (org_id) REFERENCES core_org (org_id),
	CONSTRAINT master_realm_old FOREIGN KEY (muni_org_id) REFERENCES core_org (org_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Every municipality with itself, and with those it took over. org_id: who it is now.
CREATE VIEW master_realm_view AS
SELECT o.org_id, o.org_id AS muni_org_id FROM core_org AS o
UNION ALL
SELECT m.org_id, m.muni_org_id FROM master_realm AS m;

-- What areas have to move now.
CREATE VIEW master_moving_view AS
SELECT m.merger_id, o.org_id AS old_org_id, o.old_code, m.new_org_id, m.new_code, o.key_prefix
  FROM master_merger AS m JOIN master_merger_org AS o ON o.merger_id = m.merger_id
 WHERE m.status = 'MOVING';

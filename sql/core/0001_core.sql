-- core/0001_core.sql - what every process shares: organisations, sessions, revocations,
-- kept answers, and the access log.
--
-- Moments are microseconds UTC in BIGINT, hashes BINARY, codes text compared byte by byte.

-- The last migration of each area that is complete; a worker refuses to start on less than its
-- modules rely on.
CREATE TABLE core_schema (
	area       VARCHAR(20) NOT NULL,
	number     INT         NOT NULL,
	applied_us BIGINT      NOT NULL,
	PRIMARY KEY (area)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Organisations (brief 4.1). Written by the area account only.
CREATE TABLE core_org (
	org_id        BIGINT       NOT NULL AUTO_INCREMENT,
	org_code      VARCHAR(10)  NOT NULL,
	org_type      VARCHAR(10)  NOT NULL,
	name          VARCHAR(80)  NOT NULL,
	name_kana     VARCHAR(160) NULL,
	pref_code     CHAR(2)      NULL,
	parent_org_id BIGINT       NULL,
	valid_from    DATE         NOT NULL,
	valid_to      DATE         NULL,
	onboarding    VARCHAR(10)  NOT NULL DEFAULT '利用中',
	digital_from  DATE         NULL,
	uses_hms      TINYINT      NOT NULL DEFAULT 1,
	row_ver       INT          NOT NULL DEFAULT 1,
	created_us    BIGINT       NOT NULL,
	updated_us    BIGINT       NOT NULL,
	PRIMARY KEY (org_id),
	UNIQUE KEY org_code (org_code),
	KEY org_type (org_type, pref_code),
	CONSTRAINT core_org_parent FOREIGN KEY (parent_org_id) REFERENCES core_org (org_id),
	CONSTRAINT core_org_period CHECK (valid_to IS NULL OR valid_from <= valid_to)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Sessions of people. The cookie's value is not here, only its SHA-256.
CREATE TABLE core_session (
	sid_hash        BINARY(32)  NOT NULL,
	actor_id        BIGINT      NOT NULL,
	user_id         VARCHAR(12) NOT NULL,
	org_id          BIGINT      NOT NULL,
	role            VARCHAR(8)  NOT NULL,
	restricted_view TINYINT     NOT NULL,
	temporary       TINYINT     NOT NULL,
	created_us      BIGINT      NOT NULL,
	seen_us         BIGINT      NOT NULL,
	stepped_up_us   BIGINT      NULL,
	idle_s          INT         NOT NULL,
	expires_us      BIGINT      NOT NULL,
	peer            VARCHAR(45) NULL,
	PRIMARY KEY (sid_hash),
	KEY actor_id (actor_id),
	KEY expires_us (expires_us)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What no longer counts although its signature is good. A writer first takes the next number
-- from core_revocation_head; the row lock makes commit order the order of the numbers, so a
-- reader of "seq > last" misses nothing.
CREATE TABLE core_revocation (
	seq           BIGINT        NOT NULL,
	kind          TINYINT       NOT NULL,
	id            VARBINARY(64) NOT NULL,
	not_before_us BIGINT        NOT NULL,
	until_us      BIGINT        NOT NULL,
	PRIMARY KEY (seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE core_revocation_head (
	one TINYINT NOT NULL,
	seq BIGINT  NOT NULL,
	PRIMARY KEY (one),
	CONSTRAINT core_revocation_head_one CHECK (one = 1)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

INSERT INTO core_revocation_head (one, seq) VALUES (1, 0);

-- Answers kept for a repeated Idempotency-Key. status NULL: the first request is still running.
CREATE TABLE core_idempotency (
	actor          BINARY(32)  NOT NULL COMMENT 'SHA-256 of kind, actor id and key',
	request_sha256 BINARY(32)  NOT NULL,
	status         INT         NULL,
	content_type   VARCHAR(60) NULL,
	etag           BIGINT      NULL,
	body           MEDIUMBLOB  NULL COMMENT 'sealed',
	expires_us     BIGINT      NOT NULL,
	PRIMARY KEY (actor),
	KEY expires_us (expires_us)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The access log (brief 12). rec and hash are the evidence; the columns after mac repeat parts
-- of rec so that people can search, and the verifier compares them with it.
CREATE TABLE audit_event (
	chain_id    BIGINT UNSIGNED NOT NULL,
	seq         BIGINT UNSIGNED NOT NULL,
	rec         VARBINARY(4096) NOT NULL,
	hash        BINARY(32)      NOT NULL,
	mac         BINARY(32)      NOT NULL,
	at_us       BIGINT          NOT NULL,
	actor_kind  TINYINT         NOT NULL,
	actor       VARCHAR(64)     NULL,
	org_id      BIGINT          NULL,
	org_code    VARCHAR(10)     NULL,
	`function`  VARCHAR(10)     NULL,
	operation   VARCHAR(40)     NULL,
	action      TINYINT         NOT NULL,
	subject_no  VARCHAR(20)     NULL,
	target_type VARCHAR(20)     NULL,
	target_id   VARCHAR(64)     NULL,
	purpose     VARCHAR(2)      NULL,
	ok          TINYINT         NOT NULL,
	error_id    VARCHAR(12)     NULL,
	row_count   BIGINT          NULL,
	trace_id    VARCHAR(16)     NULL,
	PRIMARY KEY (chain_id, seq),
	KEY subject_no (subject_no, at_us),
	KEY org_id (org_id, at_us)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Append only, also for accounts that were granted too much. Whoever can drop a trigger is
-- found out by the chain itself.
CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event
FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_event is append only';

CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event
FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_event is append only';

-- One chain per worker thread, opened by the keeper.
CREATE TABLE audit_chain (
	chain_id  BIGINT UNSIGNED NOT NULL,
	host      VARCHAR(80)     NOT NULL,
	opened_us BIGINT          NOT NULL,
	signature VARBINARY(72)   NOT NULL,
	kid       VARCHAR(43)     NOT NULL,
	PRIMARY KEY (chain_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Leaves of the Merkle tree: the head of a chain at the moment of a seal.
CREATE TABLE audit_leaf (
	n        BIGINT UNSIGNED NOT NULL,
	chain_id BIGINT UNSIGNED NOT NULL,
	seq      BIGINT UNSIGNED NOT NULL,
	hash     BINARY(32)      NOT NULL,
	PRIMARY KEY (n),
	KEY chain_id (chain_id, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Signed roots of that tree.
CREATE TABLE audit_checkpoint (
	n     BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	size  BIGINT UNSIGNED NOT NULL,
	root  BINARY(32)      NOT NULL,
	at_us BIGINT          NOT NULL,
	note  BLOB            NOT NULL,
	PRIMARY KEY (n)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- core/0004_run.sql - work without a request: timers, and the outbox of mails.

-- One row for each timer of the installation, made by the first worker that knows it. Who runs
-- one holds its lease: until lease_us, by the clock of this server, nobody else may.
CREATE TABLE core_timer (
	name       VARCHAR(40)   NOT NULL COMMENT 'area.timer',
	due_us     BIGINT        NOT NULL,
	lease      BINARY(16)    NULL,
	lease_us   BIGINT        NOT NULL DEFAULT 0,
	holder     VARCHAR(80)   NULL COMMENT 'host/pool/pid of the last run',
	started_us BIGINT        NULL,
	ended_us   BIGINT        NULL,
	ok_us      BIGINT        NULL COMMENT 'end of the last run that came to its end',
	outcome    VARCHAR(8)    NULL,
	counts     VARCHAR(1000) NULL COMMENT 'figures of the last run, JSON',
	problem    VARCHAR(12)   NULL COMMENT 'error catalogue',
	failures   INT           NOT NULL DEFAULT 0 COMMENT 'since the last success',
	PRIMARY KEY (name),
	CONSTRAINT core_timer_outcome CHECK (outcome IN ('DONE', 'FAILED'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Mails, written by the transaction that causes them. The text is wiped when the mail server has
-- taken it or never will.
CREATE TABLE core_mail (
	mail_id    BINARY(16)     NOT NULL,
	area       VARCHAR(20)    NOT NULL,
	template   VARCHAR(40)    NOT NULL,
	recipient  VARBINARY(320) NOT NULL COMMENT 'sealed',
	message    MEDIUMBLOB     NULL COMMENT 'subject, line break, text; sealed',
	state      VARCHAR(8)     NOT NULL DEFAULT 'WAITING',
	attempts   INT            NOT NULL DEFAULT 0,
	next_us    BIGINT         NOT NULL,
	lease      BINARY(16)     NULL,
	lease_us   BIGINT         NOT NULL DEFAULT 0,
	created_us BIGINT         NOT NULL,
	ended_us   BIGINT         NULL,
	error      VARCHAR(20)    NULL COMMENT 'class of the last failure',
	PRIMARY KEY (mail_id),
	KEY state (state, next_us),
	KEY ended_us (ended_us),
	CONSTRAINT core_mail_state CHECK (state IN ('WAITING', 'SENT', 'FAILED'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What has run out is removed by the timer core.purge.
CREATE INDEX until_us ON core_revocation (until_us);

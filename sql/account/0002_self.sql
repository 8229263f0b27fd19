-- account/0002_self.sql - what a person does with the own account (vaccination brief 13 H-1-3,
-- H-1-5, H-1-6, H-1-7, H-1-9): terms, second factor, staff card, links by mail, throttles.
-- Moments are microseconds UTC. Secrets are sealed, links and codes are kept as hashes only.

ALTER TABLE account_user
	ADD COLUMN mail_verified_us BIGINT      NULL,        -- its owner opened a link sent there
	ADD COLUMN terms_version    VARCHAR(20) NULL,        -- 利用規約 as accepted last
	ADD COLUMN terms_us         BIGINT      NULL;

-- TOTP (RFC 6238). A new secret waits in `pending` until a code proves it is in the phone.
CREATE TABLE account_factor (
	actor_id        BIGINT         NOT NULL,
	secret          VARBINARY(120) NULL,                 -- sealed; NULL: not enrolled
	pending         VARBINARY(120) NULL,                 -- sealed
	last_step       BIGINT         NOT NULL DEFAULT 0,   -- a step counts once (single use)
	failed_count    INT            NOT NULL DEFAULT 0,   -- in a row, over all logins
	wait_until_us   BIGINT         NULL,
	suspended_us    BIGINT         NULL,                 -- too many failures: codes count no more
	enrolled_us     BIGINT         NULL,
	updated_us      BIGINT         NOT NULL,
	PRIMARY KEY (actor_id),
	CONSTRAINT account_factor_of FOREIGN KEY (actor_id) REFERENCES account_user (actor_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Recovery codes: a set of ten, overwritten by the next set.
CREATE TABLE account_recovery (
	actor_id  BIGINT     NOT NULL,
	slot      INT        NOT NULL,
	code_hash BINARY(32) NOT NULL,                       -- keyed
	used_us   BIGINT     NULL,
	PRIMARY KEY (actor_id, slot),
	CONSTRAINT account_recovery_of FOREIGN KEY (actor_id) REFERENCES account_user (actor_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Between two steps of a login: after the password (kind F), or a nonce for a card (kind C).
CREATE TABLE account_login_step (
	step_hash  BINARY(32) NOT NULL,
	kind       CHAR(1)    NOT NULL,
	actor_id   BIGINT     NULL,
	tries      INT        NOT NULL DEFAULT 0,
	expires_us BIGINT     NOT NULL,
	PRIMARY KEY (step_hash),
	KEY account_login_step_end (expires_us),
	CONSTRAINT account_login_step_kind CHECK (kind IN ('F', 'C'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Staff certificates (職員カード, HPKI): issuer and serial say who, never the name.
CREATE TABLE account_card (
	card_id       BIGINT        NOT NULL AUTO_INCREMENT,
	actor_id      BIGINT        NOT NULL,
	issuer_hash   BINARY(32)    NOT NULL,                -- SHA-256 of the issuer's DER name
	serial        VARBINARY(20) NOT NULL,
	subject       VARCHAR(200)  NOT NULL,                -- for people to recognise the card
	not_after_us  BIGINT        NOT NULL,
	registered_us BIGINT        NOT NULL,
	last_used_us  BIGINT        NULL,
	removed_us    BIGINT        NULL,
	PRIMARY KEY (card_id),
	UNIQUE KEY account_card_certificate (issuer_hash, serial),
	KEY account_card_actor (actor_id),
	CONSTRAINT account_card_of FOREIGN KEY (actor_id) REFERENCES account_user (actor_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What somebody asked for before a login: R a reset, N the user IDs of a mail address. A timer
-- looks who that is and sends the mail, so that an answer costs the same whoever was named.
CREATE TABLE account_request (
	request_id   BIGINT          NOT NULL AUTO_INCREMENT,
	kind         CHAR(1)         NOT NULL,
	words        VARBINARY(1200) NOT NULL,               -- sealed: what was typed
	requested_us BIGINT          NOT NULL,
	PRIMARY KEY (request_id),
	CONSTRAINT account_request_kind CHECK (kind IN ('R', 'N'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Links in mails: R sets a new password, M confirms a new address.
CREATE TABLE account_link (
	link_hash  BINARY(32)      NOT NULL,
	kind       CHAR(1)         NOT NULL,
	actor_id   BIGINT          NOT NULL,
	mail       VARBINARY(1200) NULL,                     -- M: sealed, the new address
	tries      INT             NOT NULL DEFAULT 0,
	expires_us BIGINT          NOT NULL,
	PRIMARY KEY (link_hash),
	KEY account_link_actor (actor_id, kind),
	KEY account_link_end (expires_us),
	CONSTRAINT account_link_of FOREIGN KEY (actor_id) REFERENCES account_user (actor_id),
	CONSTRAINT account_link_kind CHECK (kind IN ('R', 'M'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Browsers a person has logged in from. Each counts its own failures: whoever guesses from
-- elsewhere cannot lock the owner out.
CREATE TABLE account_device (
	device_hash     BINARY(32) NOT NULL,
	actor_id        BIGINT     NOT NULL,
	failed_count    INT        NOT NULL DEFAULT 0,
	locked_until_us BIGINT     NULL,
	seen_us         BIGINT     NOT NULL,
	expires_us      BIGINT     NOT NULL,
	PRIMARY KEY (actor_id, device_hash),
	KEY account_device_end (expires_us),
	CONSTRAINT account_device_of FOREIGN KEY (actor_id) REFERENCES account_user (actor_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- How often something happened in a window of time: failed logins of a network, requests for
-- mails of an address or of a name (of names a keyed hash).
CREATE TABLE account_throttle (
	name      VARCHAR(80) NOT NULL,
	n         INT         NOT NULL,
	began_us  BIGINT      NOT NULL,
	ends_us   BIGINT      NOT NULL,
	PRIMARY KEY (name),
	KEY account_throttle_end (ends_us)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

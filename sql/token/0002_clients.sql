-- token/0002_clients.sql - programs registered by their organisations, change of keys with an
-- overlap, notices before tokens and certificates end (vaccination brief 13 H-2-1).

ALTER TABLE token_client
	ADD COLUMN contact        VARCHAR(100) NULL AFTER name,
	ADD COLUMN key_kid        CHAR(43)     NULL AFTER public_pem,  -- RFC 7638 thumbprint
	-- The key and certificate before these, good until their moment: a change has no gap.
	ADD COLUMN old_pem        VARCHAR(1000) NULL AFTER key_kid,
	ADD COLUMN old_kid        CHAR(43)     NULL AFTER old_pem,
	ADD COLUMN old_key_us     BIGINT       NULL AFTER old_kid,
	ADD COLUMN cert_subject   VARCHAR(300) NULL AFTER cert_x5t,
	ADD COLUMN cert_from_us   BIGINT       NULL AFTER cert_subject,
	ADD COLUMN cert_until_us  BIGINT       NULL AFTER cert_from_us,
	ADD COLUMN old_x5t        CHAR(43)     NULL AFTER cert_until_us,
	ADD COLUMN old_cert_us    BIGINT       NULL AFTER old_x5t,
	ADD COLUMN first_used_us  BIGINT       NULL AFTER status,
	ADD COLUMN last_used_us   BIGINT       NULL AFTER first_used_us,
	ADD COLUMN last_ip        VARCHAR(45)  NULL AFTER last_used_us,
	ADD COLUMN status_reason  VARCHAR(200) NULL AFTER last_ip,
	ADD COLUMN status_by      VARCHAR(12)  NULL AFTER status_reason,
	ADD COLUMN status_us      BIGINT       NULL AFTER status_by,
	ADD COLUMN by_centre      TINYINT      NOT NULL DEFAULT 0 AFTER status_us, -- who stopped it
	ADD COLUMN created_by     VARCHAR(12)  NULL AFTER by_centre,
	ADD COLUMN row_ver        INT          NOT NULL DEFAULT 1 AFTER created_by,
	DROP KEY token_client_org,
	ADD KEY token_client_org (org_id, actor_id);

-- Where every pool may note the use of a program, and nothing else of it.
CREATE VIEW token_client_use AS
	SELECT client_id, first_used_us, last_used_us, last_ip
	FROM token_client WHERE status = 'ACTIVE';

-- What ends by itself and is told of before: issued tokens, and certificates of programs.
CREATE VIEW token_ending AS
	SELECT 'token' AS kind, t.actor_id, t.org_id, t.name, t.last4 AS mark, t.issued_by,
		t.issued_us AS since_us, t.expires_us
	FROM token_issued t WHERE t.status = 'ACTIVE'
	UNION ALL
	SELECT 'certificate' AS kind, c.actor_id, c.org_id, c.name, RIGHT(c.cert_x5t, 4) AS mark,
		c.created_by AS issued_by, c.cert_from_us AS since_us, c.cert_until_us AS expires_us
	FROM token_client c WHERE c.status = 'ACTIVE' AND c.cert_until_us IS NOT NULL;

-- Notices sent, so that each is sent once; a renewed certificate has another end.
CREATE TABLE token_notice (
	actor_id   BIGINT NOT NULL,
	expires_us BIGINT NOT NULL,
	days       INT    NOT NULL,                           -- 30, 7 or 1 before the end
	sent_us    BIGINT NOT NULL,
	PRIMARY KEY (actor_id, expires_us, days)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Who is told: administrators of the organisation, and whoever issued it.
CREATE VIEW token_recipient AS
	SELECT u.org_id, u.user_id, u.is_admin, u.mail
	FROM account_user u WHERE u.status = 'ACTIVE';

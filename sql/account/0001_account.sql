-- account/0001_account.sql - people who log in, of every type of organisation (vaccination
-- brief 4.2, 9, 13 H-1).
-- Moments are microseconds UTC. No row is ever deleted: a user_id is never given twice.

CREATE TABLE account_user (
	actor_id        BIGINT       NOT NULL AUTO_INCREMENT,
	user_id         VARCHAR(12)  NOT NULL,                -- 8 random digits and their check digit
	org_id          BIGINT       NOT NULL,
	role            VARCHAR(8)   NOT NULL,                -- brief 10: MU-A, MI-S ...
	is_admin        TINYINT      NOT NULL DEFAULT 0,
	restricted_view TINYINT      NOT NULL DEFAULT 0,      -- may open subjects under support measures
	name            VARCHAR(40)  NOT NULL,
	name_kana       VARCHAR(60)  NOT NULL,
	department      VARCHAR(60)  NULL,
	mail            VARCHAR(254) NOT NULL,
	phone           VARCHAR(15)  NULL,
	status          VARCHAR(10)  NOT NULL,                -- LOCKED is not kept: see locked_until_us
	pw_phc          VARCHAR(200) NOT NULL,                -- argon2id, PHC string
	pw_count        INT          NOT NULL DEFAULT 0,      -- passwords set so far, places the history
	pw_changed_us   BIGINT       NULL,
	pw_expires_us   BIGINT       NULL,                    -- must be changed after (A-04)
	temp_expires_us BIGINT       NULL,                    -- of a temporary password (A-08)
	failed_count    INT          NOT NULL DEFAULT 0,
	locked_until_us BIGINT       NULL,
	last_login_us   BIGINT       NULL,
	last_login_peer VARCHAR(45)  NULL,
	prev_login_us   BIGINT       NULL,                    -- the login before, shown after login
	prev_login_peer VARCHAR(45)  NULL,
	row_ver         INT          NOT NULL DEFAULT 1,      -- moves with every change but a login
	created_us      BIGINT       NOT NULL,
	updated_us      BIGINT       NOT NULL,
	PRIMARY KEY (actor_id),
	UNIQUE KEY account_user_id (user_id),
	KEY account_user_org (org_id, user_id),
	CONSTRAINT account_user_of FOREIGN KEY (org_id) REFERENCES core_org (org_id),
	CONSTRAINT account_user_status
		CHECK (status IN ('TEMP', 'ACTIVE', 'SUSPENDED', 'DISABLED', 'DELETED'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The last passwords a person chose (A-03): a ring, so that nothing has to be deleted.
CREATE TABLE account_password_history (
	actor_id   BIGINT       NOT NULL,
	slot       INT          NOT NULL,                     -- pw_count modulo the length kept
	phc        VARCHAR(200) NOT NULL,
	changed_us BIGINT       NOT NULL,
	PRIMARY KEY (actor_id, slot),
	CONSTRAINT account_password_of FOREIGN KEY (actor_id) REFERENCES account_user (actor_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

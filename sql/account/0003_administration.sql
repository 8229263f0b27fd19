-- account/0003_administration.sql - first administrators, periods, idle accounts, reviews
-- (vaccination brief 9 A-10, A-14, A-17; 13 H-1-1, H-1-2, H-1-4, H-1-8; security 9.10).

ALTER TABLE account_user
	-- Who it is, whatever the account: two accounts of a person are one pair of eyes.
	ADD COLUMN person_id      BINARY(16) NOT NULL DEFAULT (RANDOM_BYTES(16)),
	ADD COLUMN valid_to       DATE       NULL,             -- last day (任期付)
	ADD COLUMN self_reset     TINYINT    NOT NULL DEFAULT 1, -- 0: the mail is the administrator's
	ADD COLUMN reissued_us    BIGINT     NULL,             -- idle days count from here at the earliest
	ADD COLUMN suspended_us   BIGINT     NULL,
	ADD COLUMN admins_told    TINYINT    NOT NULL DEFAULT 1, -- 0: of a suspension by the clock
	ADD COLUMN idle_warned    TINYINT    NOT NULL DEFAULT 0, -- warnings sent: 0, 1, 2
	ADD COLUMN idle_warned_us BIGINT     NULL,             -- they count only after the last login
	ADD KEY account_user_told (admins_told, org_id);

-- Those who were there before: one person for each mail and name in an organisation.
UPDATE account_user SET person_id = UNHEX(LEFT(SHA2(CONCAT_WS('|', org_id, LOWER(mail), name_kana),
	256), 32)), updated_us = updated_us;

-- 利用申請 for the first administrator of an organisation. What was asked for never changes:
-- the approver names its SHA-256. States go forward only.
CREATE TABLE account_application (
	application_id      BIGINT       NOT NULL AUTO_INCREMENT,
	application_no      VARCHAR(12)  NOT NULL,               -- "AP", 8 random digits, check digit
	org_id          BIGINT       NOT NULL,
	org_is_new      TINYINT      NOT NULL,               -- NMI numbered by this application
	reason          VARCHAR(10)  NOT NULL,
	name            VARCHAR(40)  NOT NULL,
	name_kana       VARCHAR(60)  NOT NULL,
	department      VARCHAR(60)  NULL,
	mail            VARCHAR(254) NOT NULL,
	phone           VARCHAR(15)  NULL,
	applied_on      DATE         NOT NULL,
	start_on        DATE         NULL,
	evidence        VARCHAR(200) NULL,
	paper           TINYINT      NOT NULL,
	job_no          VARCHAR(12)  NULL,                   -- of the CSV it came with
	sha256          BINARY(32)   NOT NULL,
	state           VARCHAR(10)  NOT NULL DEFAULT 'WAITING',
	maker_id        BIGINT       NOT NULL,
	maker_person    BINARY(16)   NOT NULL,
	made_us         BIGINT       NOT NULL,
	expires_us      BIGINT       NOT NULL,               -- EXPIRED is read from it
	approver_id     BIGINT       NULL,
	approver_person BINARY(16)   NULL,
	decided_us      BIGINT       NULL,
	comment         VARCHAR(200) NULL,
	issued_actor_id BIGINT       NULL,
	PRIMARY KEY (application_id),
	UNIQUE KEY account_application_no (application_no),
	KEY account_application_org (org_id, state),
	KEY account_application_state (state, application_id),
	CONSTRAINT account_application_of FOREIGN KEY (org_id) REFERENCES core_org (org_id),
	CONSTRAINT account_application_maker FOREIGN KEY (maker_id) REFERENCES account_user (actor_id),
	CONSTRAINT account_application_approver FOREIGN KEY (approver_id)
		REFERENCES account_user (actor_id),
	CONSTRAINT account_application_issued FOREIGN KEY (issued_actor_id)
		REFERENCES account_user (actor_id),
	CONSTRAINT account_application_reason CHECK (reason IN ('FIRST', 'NO_ADMIN')),
	CONSTRAINT account_application_states CHECK (state IN ('WAITING', 'ISSUED', 'REJECTED')),
	CONSTRAINT account_application_eyes CHECK (approver_id IS NULL
		OR (approver_id <> maker_id AND approver_person <> maker_person)),
	CONSTRAINT account_application_decided CHECK ((state = 'WAITING') = (approver_id IS NULL))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- 発行通知書 waiting for its printer: sealed, taken once, at most 14 days. One per account.
CREATE TABLE account_notice (
	actor_id   BIGINT     NOT NULL,
	org_id     BIGINT     NOT NULL,                      -- whose administrators may print it
	sealed     MEDIUMBLOB NULL,                          -- the PDF; NULL once taken or too old
	made_us    BIGINT     NOT NULL,
	expires_us BIGINT     NOT NULL,
	taken_us   BIGINT     NULL,
	taken_by   BIGINT     NULL,
	PRIMARY KEY (actor_id),
	KEY account_notice_age (expires_us),
	CONSTRAINT account_notice_for FOREIGN KEY (actor_id) REFERENCES account_user (actor_id),
	CONSTRAINT account_notice_of FOREIGN KEY (org_id) REFERENCES core_org (org_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- 棚卸 of an organisation's accounts, one at a time.
CREATE TABLE account_review (
	review_id    BIGINT NOT NULL AUTO_INCREMENT,
	org_id       BIGINT NOT NULL,
	opened_us    BIGINT NOT NULL,
	opened_by    BIGINT NOT NULL,
	completed_us BIGINT NULL,
	completed_by BIGINT NULL,
	confirmed    INT    NULL,
	stopped      INT    NULL,
	open_org_id  BIGINT AS (IF(completed_us IS NULL, org_id, NULL)) STORED, -- one open at most
	PRIMARY KEY (review_id),
	UNIQUE KEY account_review_open (open_org_id),
	KEY account_review_org (org_id, completed_us),
	CONSTRAINT account_review_of FOREIGN KEY (org_id) REFERENCES core_org (org_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE account_review_mark (
	review_id BIGINT      NOT NULL,
	actor_id  BIGINT      NOT NULL,
	verdict   VARCHAR(10) NOT NULL,
	marked_by BIGINT      NOT NULL,
	marked_us BIGINT      NOT NULL,
	PRIMARY KEY (review_id, actor_id),
	CONSTRAINT account_review_mark_of FOREIGN KEY (review_id)
		REFERENCES account_review (review_id),
	CONSTRAINT account_review_mark_user FOREIGN KEY (actor_id)
		REFERENCES account_user (actor_id),
	CONSTRAINT account_review_mark_verdict CHECK (verdict IN ('CONFIRMED', 'STOP'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- record/0001_create.sql - persons as a municipality registers them, and their vaccinations.
--
-- A person is a row of the municipality that registered it (brief 4.3). A vaccination is
-- append-only: a correction or a cancellation is a new version, and what an old version said
-- is never changed (4.4). Only three columns of it move: live, dose_live and status.
--
-- A character of a name may carry variation selectors, which the limits of the brief do not
-- count and a column does: text as received has six times its limit.

CREATE TABLE record_subject (
	subject_id        BIGINT       NOT NULL AUTO_INCREMENT,
	subject_no        VARCHAR(20)  NOT NULL COMMENT '予防接種対象者番号: 13 digits and a Luhn digit',
	org_id            BIGINT       NOT NULL COMMENT 'the municipality',
	muni_code         CHAR(6)      NOT NULL,
	muni_key          VARCHAR(100) NOT NULL COMMENT '自治体別本人キー',
	name              VARCHAR(600) NOT NULL COMMENT 'as received',
	name_kana         VARCHAR(600) NOT NULL COMMENT 'as received',
	name_key          VARCHAR(200) NOT NULL COMMENT 'folded for search',
	kana_key          VARCHAR(200) NOT NULL COMMENT 'folded for search',
	birth_date        DATE         NOT NULL,
	sex               CHAR(1)      NOT NULL COMMENT 'CL_SEX',
	address           VARCHAR(1200) NULL,
	resident_state    VARCHAR(4)   NOT NULL COMMENT '住民 or 消除',
	elim_date         DATE         NULL,
	elim_reason       CHAR(1)      NULL COMMENT 'CL_ELIM',
	not_disclosed     TINYINT      NOT NULL COMMENT '不開示該当フラグ',
	self_info_blocked TINYINT      NOT NULL COMMENT '自己情報提供不可フラグ',
	due_date          DATE         NULL COMMENT '出産予定日',
	death_date        DATE         NULL COMMENT 'starts the five years of P-03',
	row_ver           INT          NOT NULL DEFAULT 1,
	created_us        BIGINT       NOT NULL,
	updated_us        BIGINT       NOT NULL,
	PRIMARY KEY (subject_id),
	UNIQUE KEY subject_no (subject_no),
	UNIQUE KEY muni_key (muni_code, muni_key),
	KEY person (org_id, birth_date, kana_key(32), name_key(32)),
	CONSTRAINT record_subject_left CHECK ((elim_date IS NULL) = (elim_reason IS NULL))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- 個人番号, sealed (P-05). The account of the pool can write `sealed` and cannot read it.
CREATE TABLE record_vault (
	subject_id BIGINT         NOT NULL,
	org_id     BIGINT         NOT NULL,
	sealed     VARBINARY(128) NOT NULL,
	match_key  BINARY(32)     NOT NULL COMMENT 'HMAC-SHA-256',
	PRIMARY KEY (subject_id),
	KEY match_key (match_key),
	CONSTRAINT record_vault_subject FOREIGN KEY (subject_id)
		REFERENCES record_subject (subject_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- One person's records lie together: the timeline is one range of the primary key.
-- live is 1 for the version that counts and NULL for all others, so that the unique keys bind
-- only what counts: `same_day` is VR-09, `same_dose` the duplicate of VR-08. dose_live is NULL
-- also where no dose was given (予診のみ).
CREATE TABLE record_vaccination (
	subject_id       BIGINT       NOT NULL,
	record_id        BINARY(16)   NOT NULL,
	version          INT          NOT NULL,
	change_kind      CHAR(1)      NOT NULL COMMENT '1 new, 2 correction, 3 cancellation',
	status           VARCHAR(10)  NOT NULL COMMENT 'REGISTERED LINKED CONFIRMED CORRECTED CANCELLED',
	live             TINYINT      NULL,
	dose_live        TINYINT      NULL,
	dose_key         VARCHAR(40)  NOT NULL COMMENT 'phase, number and season of the dose',
	mgmt_no          VARCHAR(20)  NOT NULL COMMENT '予防接種管理番号',
	muni_org_id      BIGINT       NOT NULL COMMENT 'the municipality at registration',
	muni_code        CHAR(6)      NOT NULL,
	org_id           BIGINT       NOT NULL COMMENT 'the institution, owner of org_code',
	entered_org_id   BIGINT       NOT NULL COMMENT 'who registered this version',
	source           VARCHAR(10)  NOT NULL,
	legal_class      CHAR(1)      NOT NULL COMMENT 'CL_LEGAL',
	vaccine_code     VARCHAR(12)  NOT NULL,
	hot13            VARCHAR(13)  NULL,
	yj               VARCHAR(12)  NULL,
	gtin             CHAR(14)     NULL,
	lot_no           VARCHAR(20)  NULL,
	expiry_date      DATE         NULL,
	phase            VARCHAR(12)  NULL,
	dose_seq         TINYINT      NULL,
	dose_label       VARCHAR(120) NULL,
	vaccinated_on    DATE         NOT NULL,
	vaccinated_at    CHAR(5)      NULL COMMENT 'HH:MM in Japan',
	dose_ml          DECIMAL(3,2) NULL,
	route            VARCHAR(4)   NULL COMMENT 'CL_ROUTE',
	site             VARCHAR(4)   NULL COMMENT 'CL_SITE',
	exec_class       CHAR(1)      NOT NULL COMMENT 'CL_EXEC',
	not_done_reason  VARCHAR(600) NULL,
	place_class      CHAR(1)      NOT NULL COMMENT 'CL_PLACE',
	org_code         VARCHAR(10)  NOT NULL,
	venue            VARCHAR(180) NULL,
	doctor_name      VARCHAR(240) NOT NULL,
	screening_doctor VARCHAR(240) NULL,
	qre_id           BINARY(16)   NULL,
	due_date         DATE         NULL COMMENT '出産予定日, of a maternal vaccine',
	confirm_reason   VARCHAR(1200) NULL COMMENT 'why a warning was accepted',
	evaluation       TEXT         NULL COMMENT 'findings of the dose rules, JSON',
	reason_code      VARCHAR(10)  NULL COMMENT 'of a correction or cancellation',
	reason_text      VARCHAR(1200) NULL,
	registered_at    BIGINT       NOT NULL,
	registered_by    VARCHAR(64)  NOT NULL,
	PRIMARY KEY (subject_id, record_id, version),
	UNIQUE KEY same_day (subject_id, vaccine_code, vaccinated_on, live),
	UNIQUE KEY same_dose (subject_id, vaccine_code, dose_key, dose_live),
	KEY record (record_id, version),
	KEY worklist (muni_org_id, vaccinated_on),
	KEY lot (muni_org_id, lot_no),
	CONSTRAINT record_vaccination_subject FOREIGN KEY (subject_id)
		REFERENCES record_subject (subject_id),
	CONSTRAINT record_vaccination_live CHECK (live = 1 OR dose_live IS NULL),
	CONSTRAINT record_vaccination_json CHECK (JSON_VALID(evaluation))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The next number of a municipality's outbox. Its row is locked from the moment a write takes
-- its number to the commit, so numbers are committed in their order and a reader of
-- "seq > last" misses nothing (H-3-1 step 1).
CREATE TABLE record_muni_seq (
	org_id   BIGINT NOT NULL,
	last_seq BIGINT NOT NULL,
	PRIMARY KEY (org_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE record_outbox (
	org_id      BIGINT       NOT NULL COMMENT 'the municipality that receives it',
	seq         BIGINT       NOT NULL,
	subject_id  BIGINT       NOT NULL,
	record_id   BINARY(16)   NOT NULL,
	version     INT          NOT NULL,
	change_kind CHAR(1)      NOT NULL,
	state       VARCHAR(8)   NOT NULL DEFAULT 'READY' COMMENT 'READY ACKED NACKED',
	acked_us    BIGINT       NULL,
	error       VARCHAR(600) NULL COMMENT 'what the receiver said',
	created_us  BIGINT       NOT NULL,
	PRIMARY KEY (org_id, seq),
	KEY open_state (org_id, state, created_us),
	CONSTRAINT record_outbox_record FOREIGN KEY (subject_id, record_id, version)
		REFERENCES record_vaccination (subject_id, record_id, version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- A search is kept for half an hour so that its maker can come back to it (H-3-2).
CREATE TABLE record_search (
	search_id  BINARY(16)      NOT NULL,
	actor_id   BIGINT          NOT NULL,
	org_id     BIGINT          NOT NULL,
	sealed     VARBINARY(8000) NOT NULL COMMENT 'conditions, purpose and reason',
	expires_us BIGINT          NOT NULL,
	PRIMARY KEY (search_id),
	KEY actor_id (actor_id, expires_us)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

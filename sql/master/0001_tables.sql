-- master/0001_tables.sql - reference data, loaded from sql/masters/*.csv by `yoboctl migrate`.
--
-- Columns keep the names of the CSV headers; a name SQL keeps for itself got a longer one.
-- Codes are text and keep their leading zeros. Y and N became 1 and 0, empty became NULL.
-- Loading empties and refills a table in one transaction, so nothing may refer to these rows
-- by a foreign key.

CREATE TABLE master_source (
	table_name VARCHAR(40)  NOT NULL,
	file       VARCHAR(60)  NOT NULL,
	source     VARCHAR(255) NOT NULL,
	licence    VARCHAR(255) NOT NULL,
	n_rows     INT          NOT NULL,
	sha256     CHAR(64)     NOT NULL COMMENT 'of the file, hexadecimal',
	loaded_us  BIGINT       NOT NULL,
	PRIMARY KEY (table_name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE master_prefecture (
	jis_code  CHAR(2)      NOT NULL,
	lg_code6  CHAR(6)      NOT NULL,
	name_ja   VARCHAR(20)  NOT NULL,
	name_kana VARCHAR(40)  NOT NULL,
	name_en   VARCHAR(40)  NOT NULL,
	iso3166_2 CHAR(5)      NOT NULL,
	source    VARCHAR(255) NOT NULL,
	PRIMARY KEY (jis_code),
	UNIQUE KEY lg_code6 (lg_code6)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE master_municipality (
	lg_code6            CHAR(6)      NOT NULL,
	pref_code           CHAR(2)      NOT NULL,
	pref_ja             VARCHAR(20)  NOT NULL,
	name_ja             VARCHAR(60)  NOT NULL,
	name_kana           VARCHAR(120) NOT NULL,
	type                VARCHAR(20)  NOT NULL,
	is_vaccination_body TINYINT      NOT NULL COMMENT 'ID-02: 0 for wards of designated cities',
	check_digit_ok      TINYINT      NOT NULL,
	note                VARCHAR(255) NULL,
	source              VARCHAR(255) NOT NULL,
	PRIMARY KEY (lg_code6),
	KEY pref_code (pref_code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE master_bank (
	bank_code    CHAR(4)      NOT NULL,
	name_ja      VARCHAR(60)  NOT NULL,
	name_kana    VARCHAR(60)  NOT NULL,
	name_roma    VARCHAR(100) NOT NULL,
	branch_count SMALLINT     NOT NULL,
	source       VARCHAR(255) NOT NULL,
	PRIMARY KEY (bank_code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE master_bank_branch (
	bank_code        CHAR(4)     NOT NULL,
	branch_code      CHAR(3)     NOT NULL,
	branch_name_ja   VARCHAR(60) NOT NULL,
	branch_name_kana VARCHAR(60) NOT NULL,
	PRIMARY KEY (bank_code, branch_code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE master_vaccine (
	code              VARCHAR(12)  NOT NULL,
	code_status       VARCHAR(10)  NOT NULL,
	name_ja           VARCHAR(80)  NOT NULL,
	name_en           VARCHAR(100) NOT NULL,
	short_ja          VARCHAR(40)  NOT NULL,
	disease_ja        VARCHAR(80)  NOT NULL,
	route             VARCHAR(12)  NOT NULL COMMENT 'CL_ROUTE; several separated by |',
	route_ja          VARCHAR(40)  NOT NULL,
	live_type         VARCHAR(12)  NOT NULL,
	injectable_live   TINYINT      NOT NULL,
	category          CHAR(1)      NOT NULL,
	dose_ml           DECIMAL(4,2) NULL,
	brand_examples_ja VARCHAR(120) NULL,
	cvx_code          VARCHAR(4)   NOT NULL,
	cvx_display       VARCHAR(100) NOT NULL,
	cvx_fit           VARCHAR(40)  NOT NULL,
	routine_from      DATE         NULL,
	routine_to        DATE         NULL,
	source            VARCHAR(255) NOT NULL,
	note              VARCHAR(400) NULL,
	PRIMARY KEY (code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE master_schedule (
	row_no            SMALLINT     NOT NULL COMMENT 'place in the file, from 1',
	vaccine_code      VARCHAR(12)  NOT NULL,
	vaccine_ja        VARCHAR(40)  NOT NULL,
	category          CHAR(1)      NOT NULL,
	phase_ja          VARCHAR(12)  NULL,
	series_variant    VARCHAR(40)  NOT NULL,
	dose_seq          TINYINT      NOT NULL,
	dose_label_ja     VARCHAR(40)  NOT NULL,
	min_age           VARCHAR(12)  NOT NULL,
	max_age           VARCHAR(12)  NULL,
	std_from          VARCHAR(20)  NULL,
	std_to            VARCHAR(20)  NULL,
	min_interval_days SMALLINT     NULL,
	next_date_rule    VARCHAR(40)  NULL,
	std_interval_ja   VARCHAR(80)  NULL,
	interval_ref      VARCHAR(40)  NULL,
	sex               CHAR(1)      NULL,
	valid_from        DATE         NULL,
	valid_to          DATE         NULL,
	source            VARCHAR(255) NOT NULL,
	confidence        VARCHAR(20)  NOT NULL,
	note              VARCHAR(400) NULL,
	PRIMARY KEY (row_no),
	KEY vaccine_code (vaccine_code, series_variant, dose_seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE master_interval_rule (
	rule_id           CHAR(5)      NOT NULL,
	from_class        VARCHAR(80)  NOT NULL,
	to_class          VARCHAR(80)  NOT NULL,
	min_interval_days SMALLINT     NULL,
	next_date_rule    VARCHAR(40)  NOT NULL,
	from_date         DATE         NULL,
	severity          VARCHAR(8)   NOT NULL,
	source            VARCHAR(255) NOT NULL,
	note              VARCHAR(400) NULL,
	PRIMARY KEY (rule_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE master_code (
	list_id      VARCHAR(20)  NOT NULL,
	list_name_ja VARCHAR(40)  NOT NULL,
	code         VARCHAR(20)  NOT NULL,
	name_ja      VARCHAR(60)  NOT NULL,
	name_en      VARCHAR(100) NOT NULL,
	source       VARCHAR(255) NOT NULL,
	PRIMARY KEY (list_id, code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE master_questionnaire_item (
	item_id          VARCHAR(4)   NOT NULL,
	text_ja          VARCHAR(200) NOT NULL,
	text_en          VARCHAR(255) NOT NULL,
	type             VARCHAR(40)  NOT NULL,
	choices_or_range VARCHAR(40)  NULL,
	attention_answer VARCHAR(100) NULL,
	applies_to       VARCHAR(20)  NOT NULL,
	source           VARCHAR(255) NOT NULL,
	PRIMARY KEY (item_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE master_mch_item (
	item_id         VARCHAR(8)   NOT NULL,
	check_type      VARCHAR(12)  NOT NULL,
	name_ja         VARCHAR(100) NOT NULL,
	name_en         VARCHAR(100) NOT NULL,
	type            VARCHAR(40)  NOT NULL,
	item_constraint VARCHAR(60)  NULL COMMENT 'header: constraint',
	unit_or_flag    VARCHAR(40)  NULL,
	source          VARCHAR(255) NOT NULL,
	PRIMARY KEY (item_id),
	KEY check_type (check_type)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE master_age_token (
	row_no        SMALLINT     NOT NULL COMMENT 'place in the file, from 1',
	token         VARCHAR(20)  NOT NULL,
	meaning_ja    VARCHAR(60)  NOT NULL,
	date_formula  VARCHAR(200) NOT NULL,
	inclusive     TINYINT      NOT NULL,
	example_birth VARCHAR(60)  NULL,
	example_date  DATE         NULL,
	source        VARCHAR(255) NOT NULL,
	PRIMARY KEY (row_no),
	KEY token (token)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE master_identifier_format (
	id_name_en  VARCHAR(60)  NOT NULL,
	id_name_ja  VARCHAR(60)  NOT NULL,
	length      VARCHAR(40)  NOT NULL,
	charset     VARCHAR(40)  NOT NULL,
	check_digit VARCHAR(100) NOT NULL,
	structure   VARCHAR(160) NULL,
	source      VARCHAR(255) NOT NULL,
	PRIMARY KEY (id_name_en)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE master_check_digit_vector (
	scheme      VARCHAR(40)  NOT NULL,
	value       VARCHAR(20)  NOT NULL,
	valid       TINYINT      NOT NULL,
	kind        VARCHAR(20)  NOT NULL,
	explanation VARCHAR(160) NOT NULL,
	PRIMARY KEY (scheme, value)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE master_kana (
	kana_char  VARCHAR(12)  NOT NULL COMMENT 'header: char',
	kana_class VARCHAR(20)  NOT NULL COMMENT 'header: class',
	codepoint  VARCHAR(20)  NULL,
	allowed    VARCHAR(12)  NOT NULL COMMENT 'Y, N or conditional',
	note       VARCHAR(120) NULL,
	PRIMARY KEY (kana_char)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE master_flow (
	flow_id    VARCHAR(8)   NOT NULL,
	title_ja   VARCHAR(80)  NOT NULL,
	title_en   VARCHAR(120) NOT NULL,
	actors_ja  VARCHAR(120) NOT NULL,
	summary_ja VARCHAR(120) NOT NULL,
	sheets     TINYINT      NOT NULL,
	source     VARCHAR(255) NOT NULL,
	PRIMARY KEY (flow_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

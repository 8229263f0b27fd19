-- record/0002_link.sql - what became of each number of the outbox (H-3-1 steps 4 to 7), and
-- requests to an institution to correct a record (H-3-2 step 7).

-- VR-09 binds what is the same: a consultation and a dose of one day are two visits.
ALTER TABLE record_vaccination
	DROP KEY same_day,
	ADD UNIQUE KEY same_day (subject_id, vaccine_code, vaccinated_on, exec_class, live);

ALTER TABLE record_outbox
	MODIFY state VARCHAR(8) NOT NULL DEFAULT 'READY' COMMENT 'READY SENT ACKED NACKED RESOLVED',
	ADD sent_us     BIGINT       NULL AFTER state,
	ADD resolution  VARCHAR(10)  NULL COMMENT 'accept relink asked resent',
	ADD comment     VARCHAR(1200) NULL COMMENT 'of who resolved it',
	ADD resolved_us BIGINT       NULL,
	ADD resolved_by VARCHAR(64)  NULL,
	ADD resent_of   BIGINT       NULL COMMENT 'the first number of the same version',
	ADD KEY version (org_id, record_id, version);

-- What somebody should look at (L-06, and a municipality whose system has stopped). An alert
-- belongs to the organisation whose administrator looks at it.
CREATE TABLE record_alert (
	alert_id   BIGINT       NOT NULL AUTO_INCREMENT,
	org_id     BIGINT       NOT NULL,
	kind       VARCHAR(12)  NOT NULL COMMENT 'link many night restricted other failures',
	actor      VARCHAR(64)  NULL COMMENT 'user whose doing it was',
	subject_no VARCHAR(20)  NULL,
	n          BIGINT       NOT NULL COMMENT 'how many: subjects, numbers, failures',
	since_us   BIGINT       NOT NULL,
	until_us   BIGINT       NOT NULL,
	state      VARCHAR(8)   NOT NULL DEFAULT 'OPEN' COMMENT 'OPEN CHECKED ENDED',
	comment    VARCHAR(1200) NULL,
	checked_us BIGINT       NULL,
	checked_by VARCHAR(64)  NULL,
	created_us BIGINT       NOT NULL,
	PRIMARY KEY (alert_id),
	KEY open_state (org_id, state, alert_id),
	KEY same (org_id, kind, actor, until_us)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What the timers of this area read of the access log: acts of people and of the municipality's
-- system in this area, without the evidence itself.
CREATE VIEW record_access_view AS
	SELECT chain_id, seq, at_us, actor_kind, actor, org_id, operation, action, subject_no, target_id, purpose,
		ok, error_id
	FROM audit_event WHERE `function` IN ('H-3-1', 'H-3-2');

CREATE TABLE record_request (
	request_id  BINARY(16)    NOT NULL,
	subject_id  BIGINT        NOT NULL,
	record_id   BINARY(16)    NOT NULL,
	version     INT           NOT NULL COMMENT 'the version that is doubted',
	from_org_id BIGINT        NOT NULL COMMENT 'the municipality that asks',
	to_org_id   BIGINT        NOT NULL COMMENT 'the institution that is asked',
	state       VARCHAR(10)   NOT NULL COMMENT 'ASKED WORKING CORRECTED REJECTED',
	open        TINYINT       NULL COMMENT '1 while ASKED or WORKING',
	comment     VARCHAR(1200) NOT NULL,
	answer      VARCHAR(1200) NULL,
	asked_us    BIGINT        NOT NULL,
	asked_by    VARCHAR(64)   NOT NULL,
	answered_us BIGINT        NULL,
	answered_by VARCHAR(64)   NULL,
	row_ver     INT           NOT NULL DEFAULT 1,
	PRIMARY KEY (request_id),
	UNIQUE KEY one_open (record_id, open),
	KEY asked (from_org_id, asked_us),
	KEY received (to_org_id, asked_us),
	CONSTRAINT record_request_subject FOREIGN KEY (subject_id)
		REFERENCES record_subject (subject_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

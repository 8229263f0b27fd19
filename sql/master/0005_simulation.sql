-- master/0005_simulation.sql - whose eligibility a drafted change of M12, M14 or M14I would move
-- (vaccination brief 13, H-8-3 step 2), and which affected organisations were told of a change
-- that has come to count (MS-8).
--
-- Somebody asks here; the area record counts, since no person leaves it; counts come back.

CREATE TABLE master_simulation (
	change_id  BIGINT      NOT NULL,
	change_ver INT         NOT NULL COMMENT 'row_ver of the change when it was asked',
	status     VARCHAR(8)  NOT NULL,
	on_day     DATE        NOT NULL COMMENT 'first day of the change',
	asked_user VARCHAR(64) NOT NULL,
	asked_us   BIGINT      NOT NULL,
	done_us    BIGINT      NULL,
	n_persons  BIGINT      NOT NULL DEFAULT 0 COMMENT 'to be looked at',
	n_done     BIGINT      NOT NULL DEFAULT 0,
	upto       BIGINT      NOT NULL DEFAULT 0 COMMENT 'how far the area record has come',
	PRIMARY KEY (change_id),
	KEY master_simulation_status (status, asked_us),
	CONSTRAINT master_simulation_of FOREIGN KEY (change_id) REFERENCES master_change (change_id)
		ON DELETE CASCADE,
	CONSTRAINT master_simulation_status
		CHECK (status IN ('WAITING', 'RUNNING', 'DONE', 'REFUSED'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Persons, counted: of a municipality, and of a vaccine.
CREATE TABLE master_simulation_count (
	change_id BIGINT      NOT NULL,
	kind      VARCHAR(4)  NOT NULL COMMENT 'MUNI or VACC',
	code      VARCHAR(12) NOT NULL COMMENT 'org_id, or vaccine_code',
	persons   BIGINT      NOT NULL COMMENT 'looked at',
	changed   BIGINT      NOT NULL,
	gained    BIGINT      NOT NULL,
	lost      BIGINT      NOT NULL,
	PRIMARY KEY (change_id, kind, code),
	CONSTRAINT master_simulation_count_of FOREIGN KEY (change_id)
		REFERENCES master_simulation (change_id) ON DELETE CASCADE,
	CONSTRAINT master_simulation_count_kind CHECK (kind IN ('MUNI', 'VACC'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Rules as a change writes them down, before it counts.
CREATE VIEW master_draft_view AS
SELECT v.change_id, k.master, k.key_text, v.op, v.cells
  FROM master_version AS v JOIN master_key AS k ON k.key_id = v.key_id
 WHERE k.master IN ('M12', 'M14', 'M14I');

-- A change is announced once; the mails go out a page of administrators at a time. What counted
-- before this was there is no news.
ALTER TABLE master_change
	ADD told_us BIGINT NULL COMMENT 'affected organisations were mailed' AFTER effective_us,
	ADD told_upto BIGINT NOT NULL DEFAULT 0 COMMENT 'actor_id of the last one' AFTER told_us,
	ADD KEY master_change_told (told_us, status);
UPDATE master_change SET told_us = updated_us;

-- core/0008_reach.sql - what the timers of a minute look for, found without reading all there is:
-- jobs whose file may go, sessions that are over, organisations that have closed.
ALTER TABLE core_job ADD KEY core_job_file (file_gone, job_id);
ALTER TABLE core_session
	ADD COLUMN over_us BIGINT AS (LEAST(expires_us, seen_us + idle_s * 1000000 + 1)) VIRTUAL
		AFTER idle_s,
	ADD KEY core_session_over (ended_us, over_us);
ALTER TABLE core_org ADD KEY valid_to (valid_to);

-- core/0009_session_over.sql - when a session is over is kept with it: an index over a column that
-- is reckoned anew at each look has to be followed by InnoDB's cleaning threads too.
ALTER TABLE core_session
	DROP KEY core_session_over,
	DROP COLUMN over_us,
	ADD COLUMN over_us BIGINT AS (LEAST(expires_us, seen_us + idle_s * 1000000 + 1)) STORED
		AFTER idle_s,
	ADD KEY core_session_over (ended_us, over_us);

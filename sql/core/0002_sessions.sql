-- core/0002_sessions.sql - why a session ended, told to whoever still holds its cookie (A-12),
-- and what its owner sees of it.
ALTER TABLE core_session
	ADD COLUMN user_agent VARCHAR(200) NULL AFTER peer,
	ADD COLUMN ended_us   BIGINT       NULL,         -- not NULL: over, kept for the telling only
	ADD COLUMN ended_by   TINYINT      NULL;         -- enum yb_session_end

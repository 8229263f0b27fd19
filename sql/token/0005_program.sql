-- token/0005_program.sql - what an organisation has of programs and tokens: counted before
-- municipalities are merged, and until none is left (vaccination brief 13 H-8-6).
CREATE VIEW token_program_view AS
	SELECT org_id FROM token_client
	UNION ALL
	SELECT org_id FROM token_issued WHERE status = 'ACTIVE';

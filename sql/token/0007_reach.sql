-- token/0007_reach.sql - what statements need to read no more than they answer: the tokens that
-- somebody issued, and what a merger would move. token_program_view, a union, stays for workers
-- of the version before, which run until the reload.
ALTER TABLE token_issued ADD KEY token_issued_by (issued_by, expires_us);

CREATE ALGORITHM = MERGE VIEW token_client_org_view AS SELECT org_id FROM token_client;
CREATE ALGORITHM = MERGE VIEW token_issued_org_view AS
	SELECT org_id FROM token_issued WHERE status = 'ACTIVE';

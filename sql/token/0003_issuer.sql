-- token/0003_issuer.sql - what the area account may see and end of issued tokens: a change of
-- role resets the tokens its owner issued (vaccination brief 13 H-1-4).
CREATE VIEW token_of_issuer AS
	SELECT issued_by, jti_sha256, expires_us, status, revoke_reason, revoked_by, revoked_us
	FROM token_issued WHERE status = 'ACTIVE';

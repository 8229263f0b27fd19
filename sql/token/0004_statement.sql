-- token/0004_statement.sql - by which key a registered program signs what it says of people
-- (H-3-3): public keys only, read by the core of every pool.
CREATE VIEW token_client_key AS
	SELECT c.client_id, c.actor_id, c.org_id, o.org_code, o.org_type, c.scopes, c.public_pem,
		c.old_pem, c.old_key_us,
		IF(c.status = 'ACTIVE'
			AND o.valid_from <= DATE(UTC_TIMESTAMP() + INTERVAL 9 HOUR)
			AND (o.valid_to IS NULL OR o.valid_to >= DATE(UTC_TIMESTAMP() + INTERVAL 9 HOUR)),
			1, 0) AS active
	FROM token_client c JOIN core_org o ON o.org_id = c.org_id;

-- token/0006_caller.sql - who a verified token's client_id is, each kind by itself.
--
-- A view over a UNION takes no condition whose value is bound to a prepared statement: it is
-- read as a whole first, every token of the country. These two are read by their unique keys.
-- token_client_view stays for workers of the version before, which run until the reload.
CREATE ALGORITHM = MERGE VIEW token_access_caller AS
	SELECT c.client_id, c.actor_id, c.org_id, o.org_code, o.org_type, c.cidrs,
		IF(c.status = 'ACTIVE'
			AND o.valid_from <= DATE(UTC_TIMESTAMP() + INTERVAL 9 HOUR)
			AND (o.valid_to IS NULL OR o.valid_to >= DATE(UTC_TIMESTAMP() + INTERVAL 9 HOUR)),
			1, 0) AS active
	FROM token_client c JOIN core_org o ON o.org_id = c.org_id;

CREATE ALGORITHM = MERGE VIEW token_issued_caller AS
	SELECT t.client_id, t.actor_id, t.org_id, o.org_code, o.org_type, t.cidrs,
		IF(t.status = 'ACTIVE'
			AND t.expires_us > UNIX_TIMESTAMP(NOW(6)) * 1000000
			AND o.valid_from <= DATE(UTC_TIMESTAMP() + INTERVAL 9 HOUR)
			AND (o.valid_to IS NULL OR o.valid_to >= DATE(UTC_TIMESTAMP() + INTERVAL 9 HOUR)),
			1, 0) AS active
	FROM token_issued t JOIN core_org o ON o.org_id = t.org_id;

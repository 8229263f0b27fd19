-- token/0001_token.sql - programs that call us and the tokens they carry (vaccination brief 13
-- H-2; wire contract).
-- Scopes and CIDRs are words separated by one space. A token is never kept, only the SHA-256 of
-- its jti and its last four characters.

-- Clients of OAuth 2.0, each with its own key and, over mTLS, its certificate.
CREATE TABLE token_client (
	actor_id   BIGINT        NOT NULL AUTO_INCREMENT,
	client_id  VARCHAR(40)   NOT NULL,
	org_id     BIGINT        NOT NULL,
	name       VARCHAR(40)   NOT NULL,
	public_pem VARCHAR(1000) NULL,                        -- P-256, for private_key_jwt
	cert_x5t   CHAR(43)      NULL,                        -- base64url SHA-256 of the certificate
	scopes     VARCHAR(400)  NOT NULL,
	cidrs      VARCHAR(500)  NULL,                        -- NULL: from anywhere
	status     VARCHAR(10)   NOT NULL DEFAULT 'ACTIVE',
	created_us BIGINT        NOT NULL,
	updated_us BIGINT        NOT NULL,
	PRIMARY KEY (actor_id),
	UNIQUE KEY token_client_id (client_id),
	KEY token_client_org (org_id),
	CONSTRAINT token_client_of FOREIGN KEY (org_id) REFERENCES core_org (org_id),
	CONSTRAINT token_client_status CHECK (status IN ('ACTIVE', 'DISABLED')),
	-- Names of issued tokens; no client may take one.
	CONSTRAINT token_client_name CHECK (client_id NOT LIKE 'tok-%')
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Tokens issued on the screen. Each is a client of its own, named "tok-" and its id. Its
-- actor_id comes from another range than those of token_client, so that both are one space.
CREATE TABLE token_issued (
	token_id      BINARY(16)   NOT NULL,
	actor_id      BIGINT       NOT NULL AUTO_INCREMENT,
	client_id     VARCHAR(40)  NOT NULL,
	org_id        BIGINT       NOT NULL,
	name          VARCHAR(40)  NOT NULL,                  -- what for, in the issuer's words
	contact       VARCHAR(100) NULL,
	jti_sha256    BINARY(32)   NOT NULL,
	last4         CHAR(4)      NOT NULL,
	scopes        VARCHAR(400) NOT NULL,
	cidrs         VARCHAR(500) NULL,
	cert_x5t      CHAR(43)     NULL,
	issued_by     VARCHAR(12)  NOT NULL,
	issued_us     BIGINT       NOT NULL,
	expires_us    BIGINT       NOT NULL,
	first_used_us BIGINT       NULL,
	last_used_us  BIGINT       NULL,
	last_ip       VARCHAR(45)  NULL,
	status        VARCHAR(10)  NOT NULL DEFAULT 'ACTIVE', -- unused and expired are read from the times
	revoke_reason VARCHAR(200) NULL,
	revoked_by    VARCHAR(12)  NULL,
	revoked_us    BIGINT       NULL,
	PRIMARY KEY (token_id),
	UNIQUE KEY token_issued_actor (actor_id),
	UNIQUE KEY token_issued_client (client_id),
	UNIQUE KEY token_issued_jti (jti_sha256),
	KEY token_issued_org (org_id, actor_id),
	CONSTRAINT token_issued_of FOREIGN KEY (org_id) REFERENCES core_org (org_id),
	CONSTRAINT token_issued_status CHECK (status IN ('ACTIVE', 'REVOKED'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin AUTO_INCREMENT=1000000000000;

-- Client assertions seen, until they expire: each counts once.
CREATE TABLE token_assertion (
	actor_id   BIGINT     NOT NULL,
	jti_sha256 BINARY(32) NOT NULL,
	expires_us BIGINT     NOT NULL,
	PRIMARY KEY (actor_id, jti_sha256),
	KEY token_assertion_age (actor_id, expires_us)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Who a verified token's client_id is, for every pool: read by the core at most every 5 seconds.
CREATE VIEW token_client_view AS
	SELECT 'access' AS kind, c.client_id, c.actor_id, c.org_id, o.org_code, o.org_type, c.cidrs,
		IF(c.status = 'ACTIVE'
			AND o.valid_from <= DATE(UTC_TIMESTAMP() + INTERVAL 9 HOUR)
			AND (o.valid_to IS NULL OR o.valid_to >= DATE(UTC_TIMESTAMP() + INTERVAL 9 HOUR)),
			1, 0) AS active,
		0 AS first_use_needed
	FROM token_client c JOIN core_org o ON o.org_id = c.org_id
	UNION ALL
	SELECT 'issued' AS kind, t.client_id, t.actor_id, t.org_id, o.org_code, o.org_type, t.cidrs,
		IF(t.status = 'ACTIVE'
			AND t.expires_us > UNIX_TIMESTAMP(NOW(6)) * 1000000
			AND o.valid_from <= DATE(UTC_TIMESTAMP() + INTERVAL 9 HOUR)
			AND (o.valid_to IS NULL OR o.valid_to >= DATE(UTC_TIMESTAMP() + INTERVAL 9 HOUR)),
			1, 0) AS active,
		IF(t.first_used_us IS NULL, 1, 0) AS first_use_needed
	FROM token_issued t JOIN core_org o ON o.org_id = t.org_id;

-- Where every pool may note the use of an issued token, and nothing else of it.
CREATE VIEW token_use AS
	SELECT client_id, first_used_us, last_used_us, last_ip
	FROM token_issued WHERE status = 'ACTIVE';

-- For the database account of the pool that runs the area account. No DELETE, on purpose.
GRANT SELECT, INSERT, UPDATE ON account_user TO {pool};
GRANT SELECT, INSERT, UPDATE ON account_password_history TO {pool};
GRANT SELECT, INSERT, UPDATE ON core_org TO {pool};
GRANT SELECT, INSERT, UPDATE ON account_factor TO {pool};
GRANT SELECT, INSERT, UPDATE ON account_recovery TO {pool};
GRANT SELECT, INSERT, UPDATE ON account_card TO {pool};
-- What lives for minutes is deleted when its time is over.
GRANT SELECT, INSERT, UPDATE, DELETE ON account_login_step TO {pool};
GRANT SELECT, INSERT, DELETE ON account_request TO {pool};
GRANT SELECT, INSERT, UPDATE, DELETE ON account_link TO {pool};
GRANT SELECT, INSERT, UPDATE, DELETE ON account_device TO {pool};
GRANT SELECT, INSERT, UPDATE, DELETE ON account_throttle TO {pool};
GRANT SELECT, INSERT, UPDATE ON account_application TO {pool};
GRANT SELECT, INSERT, UPDATE ON account_notice TO {pool};
GRANT SELECT, INSERT, UPDATE ON account_review TO {pool};
GRANT SELECT, INSERT, UPDATE ON account_review_mark TO {pool};
-- Tokens go with the role of whoever issued them.
GRANT SELECT (issued_by, jti_sha256, expires_us, status), UPDATE (status, revoke_reason,
	revoked_by, revoked_us) ON token_of_issuer TO {pool};

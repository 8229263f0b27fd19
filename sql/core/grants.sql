-- core/grants.sql - what every pool may do with the tables of the core.
--
-- A pool appends to the access log and cannot read it back; it cannot take a revocation away, nor
-- read a mail it has written.
-- Organisations are written by the area account (sql/account/grants.sql).
GRANT SELECT ON core_schema TO {pool};
GRANT SELECT ON core_org TO {pool};
GRANT SELECT ON core_parameter TO {pool};
GRANT SELECT ON core_permission TO {pool};
GRANT SELECT, INSERT, UPDATE, DELETE ON core_session TO {pool};
GRANT SELECT, INSERT, UPDATE, DELETE ON core_idempotency TO {pool};
GRANT SELECT, INSERT ON core_revocation TO {pool};
GRANT SELECT, UPDATE ON core_revocation_head TO {pool};
GRANT INSERT ON audit_event TO {pool};
GRANT SELECT (n, at_us) ON audit_checkpoint TO {pool};
GRANT INSERT ON core_mail TO {pool};

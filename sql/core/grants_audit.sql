-- core/grants_audit.sql - the verifier: reads the evidence and nothing else.
GRANT SELECT ON audit_event TO {audit};
GRANT SELECT ON audit_chain TO {audit};
GRANT SELECT ON audit_leaf TO {audit};
GRANT SELECT ON audit_checkpoint TO {audit};

-- core/grants_keeper.sql - yobo-keeper: opens chains and seals them, never appends events.
GRANT SELECT ON core_schema TO {keeper};
GRANT SELECT ON audit_event TO {keeper};
GRANT SELECT, INSERT ON audit_chain TO {keeper};
GRANT SELECT, INSERT ON audit_leaf TO {keeper};
GRANT SELECT, INSERT ON audit_checkpoint TO {keeper};

-- For the database account of the pool that runs the area token.
GRANT SELECT, INSERT, UPDATE ON token_client TO {pool};
GRANT SELECT, INSERT, UPDATE ON token_issued TO {pool};
GRANT SELECT, INSERT, DELETE ON token_assertion TO {pool};
GRANT SELECT, INSERT ON token_notice TO {pool};
GRANT SELECT ON token_ending TO {pool};
GRANT SELECT ON token_recipient TO {pool};

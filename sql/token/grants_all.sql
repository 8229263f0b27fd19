-- For the database account of every pool: each of them meets access tokens.
GRANT SELECT ON token_access_caller TO {pool};
GRANT SELECT ON token_issued_caller TO {pool};
GRANT SELECT, UPDATE (first_used_us, last_used_us, last_ip) ON token_use TO {pool};
GRANT SELECT, UPDATE (first_used_us, last_used_us, last_ip) ON token_client_use TO {pool};
GRANT SELECT ON token_client_key TO {pool};

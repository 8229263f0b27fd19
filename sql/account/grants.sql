-- For the database account of the pool that runs the area account. No DELETE, on purpose.
GRANT SELECT, INSERT, UPDATE ON account_user TO {pool};
GRANT SELECT, INSERT, UPDATE ON account_password_history TO {pool};
GRANT SELECT, INSERT, UPDATE ON core_org TO {pool};

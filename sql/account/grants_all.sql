-- For the database account of every pool: two people are two persons, not two accounts.
GRANT SELECT ON account_person_view TO {pool};

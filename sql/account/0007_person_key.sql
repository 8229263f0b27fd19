-- account/0007_person_key.sql - accounts of one person, found when two turn out to be one
-- (vaccination brief 10, A-16).
ALTER TABLE account_user ADD KEY account_user_person (person_id);

-- account/0004_person.sql - which accounts belong to one person, for every area in which two
-- people must agree (vaccination brief 10, 13 MS-5, P-06).
--
-- A person with two accounts is one pair of eyes. Nothing else of an account is shown here.
CREATE VIEW account_person_view AS
	SELECT actor_id, user_id, person_id FROM account_user;

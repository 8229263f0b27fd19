-- account/0009_reach.sql - administrators in the order of their numbers, as those who are to be
-- told are read some at a time: each time all of them were joined and sorted. And the users of a
-- role, of whom the centre has few.
CREATE OR REPLACE ALGORITHM = MERGE VIEW account_admin_view AS
	SELECT u.actor_id, u.mail, o.org_id, o.org_code, o.org_type, o.pref_code
	  FROM account_user u FORCE INDEX (PRIMARY) STRAIGHT_JOIN core_org o FORCE INDEX (PRIMARY)
	    ON o.org_id = u.org_id
	 WHERE u.is_admin = 1 AND u.status = 'ACTIVE'
	   AND (o.valid_to IS NULL OR o.valid_to >= DATE(UTC_TIMESTAMP() + INTERVAL 9 HOUR));

ALTER TABLE account_user ADD KEY account_user_role (role, is_admin);

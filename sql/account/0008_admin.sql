-- account/0008_admin.sql - administrators who can log in, of organisations that are open: whom the
-- areas tell of what concerns their organisation (vaccination brief 13, MS-8).
CREATE VIEW account_admin_view AS
	SELECT u.actor_id, u.mail, o.org_id, o.org_code, o.org_type, o.pref_code
	  FROM account_user u JOIN core_org o ON o.org_id = u.org_id
	 WHERE u.is_admin = 1 AND u.status = 'ACTIVE'
	   AND (o.valid_to IS NULL OR o.valid_to >= DATE(UTC_TIMESTAMP() + INTERVAL 9 HOUR));

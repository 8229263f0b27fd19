-- account/0006_watcher.sql - who of OPS is told of what needs a person: people who can log in
-- (vaccination brief 13 H-8-7). Nothing else of an account is shown here.
CREATE VIEW account_watcher_view AS
	SELECT u.mail FROM account_user u JOIN core_org o ON o.org_id = u.org_id
	WHERE o.org_type = 'OPS' AND u.status = 'ACTIVE';

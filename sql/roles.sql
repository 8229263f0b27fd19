-- roles.sql - the database accounts of yobo, for administrators who make accounts by hand.
--
-- Normally `yoboctl migrate` creates these accounts and grants. Where it may not (its own account
-- has no CREATE USER and no GRANT OPTION), fill in the {placeholders}, run this file as the
-- administrator, then, for each pool with {pool} filled in, core/grants.sql, for one with
-- runners core/grants_runner.sql, every area's grants_all.sql and the grants.sql of its areas;
-- and use `yoboctl migrate --no-accounts`.
--
-- Two ways to prove who one is; choose one per account:
--	IDENTIFIED VIA unix_socket           the operating system's user has the account's name
--	IDENTIFIED BY '{password}'           from the credential file named in yobo.conf
-- On a server reached by TCP write '{account}'@'{host}' ... REQUIRE SSL.
--
-- Nobody has SUPER, FILE, SHUTDOWN or SET USER. Nobody but yobo_migrate has DDL, and its account
-- may stay locked between migrations (ALTER USER yobo_migrate@localhost ACCOUNT LOCK).

CREATE DATABASE IF NOT EXISTS `{schema}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Makes and changes tables, loads masters, creates the accounts below. The grant option is what
-- lets it hand rights on; it may hand on no more than it has here.
CREATE USER IF NOT EXISTS 'yobo_migrate'@'localhost' IDENTIFIED VIA unix_socket;
GRANT CREATE USER ON *.* TO 'yobo_migrate'@'localhost';
GRANT ALL PRIVILEGES ON `{schema}`.* TO 'yobo_migrate'@'localhost' WITH GRANT OPTION;

-- Opens and seals the chains of the access log (core/grants_keeper.sql).
CREATE USER IF NOT EXISTS 'yobo_keeper'@'localhost' IDENTIFIED VIA unix_socket;

-- Verifies the access log; reads audit_* and nothing else (core/grants_audit.sql).
CREATE USER IF NOT EXISTS 'yobo_audit'@'localhost' IDENTIFIED VIA unix_socket;

-- One per pool: its db_user of yobo.conf. Rights: core, what is for all, and its areas.
-- The worst it can do is what its areas can do; it can append to the access log, not read it.
CREATE USER IF NOT EXISTS '{pool_account}'@'localhost' IDENTIFIED BY '{password}'
	WITH MAX_USER_CONNECTIONS {workers_times_threads_times_two};

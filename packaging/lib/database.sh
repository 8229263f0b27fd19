# shellcheck shell=bash
# A MariaDB of our own: one directory, one unix socket, nobody else's server touched.
# Needs common.sh, DATA_DIR, RUN_DIR, LOG_DIR, PID_DIR.

db_socket() { printf '%s\n' "$RUN_DIR/db/s.sock"; }

db_log=--innodb-log-file-size=128M # the same when it is made and when it is used

# --force: a container may not know its own name, and no account of ours depends on one.
db_install() {
	mariadb-install-db --no-defaults --force --user="$(id -un)" --datadir="$DATA_DIR/db" \
		--auth-root-authentication-method=socket --auth-root-socket-user="$(id -un)" \
		--skip-test-db --skip-name-resolve "$db_log" \
		>"$LOG_DIR/install-db.log" 2>&1
}

# Durable and strict, as security design 3.4 asks of every installation.
db_start() {
	mkdir -p "$RUN_DIR/db" "$DATA_DIR/no-files" && chmod 700 "$RUN_DIR/db" || return 1
	start_daemon mariadbd mariadbd --no-defaults --user="$(id -un)" \
		--datadir="$DATA_DIR/db" --socket="$(db_socket)" \
		--pid-file="$RUN_DIR/db/mariadbd.pid" --log-error="$LOG_DIR/mariadbd.log" \
		--skip-networking --skip-name-resolve --skip-log-bin --local-infile=0 \
		--secure-file-priv="$DATA_DIR/no-files" \
		--character-set-server=utf8mb4 --collation-server=utf8mb4_bin \
		--sql-mode=STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,ONLY_FULL_GROUP_BY \
		--innodb-snapshot-isolation=ON --innodb-flush-log-at-trx-commit=1 \
		--innodb-lock-wait-timeout=5 "$db_log" \
		--innodb-buffer-pool-size=256M --max-allowed-packet=16M --max-statement-time=10 \
		--wait-timeout=300 --performance-schema=OFF || return 1
	wait_until 30 db_ping && return 0
	log_tail "$LOG_DIR/mariadbd.log"
	return 1
}

db_ping() { mariadb-admin --no-defaults --socket="$(db_socket)" ping; }
db_stop() { stop_daemon mariadbd 60; }

# db_sql: runs what it reads, as the owner of the server.
db_sql() {
	mariadb --no-defaults --socket="$(db_socket)" --default-character-set=utf8mb4 \
		--batch --skip-column-names
}

# db_accounts NAME...: a password file for each account of yobo.conf, the empty schema, and the
# one account that `yoboctl migrate` makes the others with.
db_accounts() {
	local name
	mkdir -p "$DATA_DIR/secrets" && chmod 700 "$DATA_DIR/secrets" || return 1
	for name in "$@"; do
		[ -s "$DATA_DIR/secrets/$name.password" ] ||
			(umask 077 && random_hex 24 >"$DATA_DIR/secrets/$name.password") || return 1
	done
	db_sql <<-END
		CREATE DATABASE IF NOT EXISTS yobo CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
		CREATE OR REPLACE USER 'yobo_migrate'@'localhost' IDENTIFIED BY '$(cat "$DATA_DIR/secrets/yobo_migrate.password")';
		GRANT CREATE USER ON *.* TO 'yobo_migrate'@'localhost';
		GRANT ALL PRIVILEGES ON yobo.* TO 'yobo_migrate'@'localhost' WITH GRANT OPTION;
	END
}

#!/bin/bash
# yoboctl.sh - migrations, accounts, grants and masters on a throw-away MariaDB (TAP).
#
# Environment: YOBOCTL (the program), SRC (top of the source), CC. Skipped without mariadbd.
set -u
SRC=${SRC:-$(cd "$(dirname "$0")/../.." && pwd)}
YOBOCTL=${YOBOCTL:-$PWD/core/tools/yoboctl}
CC=${CC:-cc}
for need in mariadbd mariadb-install-db mariadb; do
	PATH=$PATH:/usr/sbin command -v $need >/dev/null || { echo "1..0 # SKIP no $need"; exit 77; }
done
PATH=$PATH:/usr/sbin
umask 077
D=$(mktemp -d "${TMPDIR:-/tmp}/yoboctl.XXXXXX") || exit 99
server=
# shellcheck disable=SC2317
finish() {
	if [ -n "$server" ]; then
		kill "$server" 2>/dev/null
		wait "$server" 2>/dev/null
	fi
	rm -rf "$D"
}
trap finish EXIT
trap 'exit 99' HUP INT TERM

n=0
failed=0
ok() { # ok DESCRIPTION: whether the last command succeeded
	local rc=$?
	n=$((n + 1))
	if [ $rc -eq 0 ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		failed=1
		sed 's/^/# /' "$D/out"
	fi
}
ctl() { "$YOBOCTL" --config "$D/yobo.conf" "$@" >"$D/out" 2>&1; }
refused() { ! ctl "$@"; }
said() { grep -qF -- "$1" "$D/out"; }
sql() { mariadb --no-defaults -N -S "$D/s.sock" yobo -e "$1" 2>&1; }
is() { [ "$(sql "$1")" = "$2" ] || { echo "$1: $(sql "$1")" >>"$D/out"; false; }; }
pool() { mariadb --no-defaults -N -S "$D/s.sock" -u yobo_main "-p$1" yobo -e "$2" >"$D/out" 2>&1; }

user=$(id -un)
mariadb-install-db --no-defaults --user="$user" --datadir="$D/data" \
	--auth-root-authentication-method=normal --skip-test-db --skip-name-resolve >/dev/null 2>&1
mariadbd --no-defaults --user="$user" --datadir="$D/data" --socket="$D/s.sock" --pid-file="$D/pid" \
	--skip-networking --skip-name-resolve --skip-log-bin --log-error="$D/err.log" \
	--innodb-log-file-size=8M --innodb-buffer-pool-size=64M --performance-schema=OFF 2>/dev/null &
server=$!
for _ in $(seq 100); do
	mariadb --no-defaults -S "$D/s.sock" -e 'SELECT 1' >/dev/null 2>&1 && break
	sleep 0.1
done

mkdir "$D/sql" "$D/modules" "$D/run"
cp -r "$SRC"/sql/core "$SRC"/sql/master "$SRC"/sql/masters "$D/sql/"
chmod -R u+w "$D/sql"
echo first-password >"$D/main.pw"
conf() { # conf AREAS
	cat >"$D/yobo.conf" <<CONF
[yobod]
run_dir = $D/run
worker = $D/yobo-worker
user = nobody
[core]
base_url = https://127.0.0.1:8443
keeper_socket = $D/run/keeper.sock
modules_dir = $D/modules
[db]
socket = $D/s.sock
[pool main]
areas = $1
db_user = yobo_main
db_password_file = $D/main.pw
[migrate]
db_user = root
sql_dir = $D/sql
CONF
}
conf ""

# ---- tables and history ----

ctl migrate --status && said pending; ok 'status before the first migration says pending'
ctl migrate && said 'schema yobo: created' && said 'core/0001_core.sql: applied'
ok 'a fresh server gets schema, tables, accounts and masters'
ctl migrate && ! said applied && ! said loaded; ok 'a second run changes nothing'
ctl migrate --status && ! said pending; ok 'status afterwards says when'
is 'SELECT COUNT(*) FROM information_schema.tables t WHERE table_schema = "yobo" AND
	table_type = "BASE TABLE" AND NOT EXISTS (SELECT 1 FROM
	information_schema.table_constraints c WHERE c.table_schema = t.table_schema AND
	c.table_name = t.table_name AND c.constraint_type = "PRIMARY KEY")' 0
ok 'every table has a primary key'
is 'SELECT number FROM core_schema WHERE area = "core"' "$(find "$D/sql/core" -name '0*.sql' | wc -l)"
ok 'core_schema holds the last number of an area'

mkdir "$D/sql/demo"
cat >"$D/sql/demo/0001_create.sql" <<'SQL'
-- A quote ' in a comment; a semicolon in a text.
CREATE TABLE demo_a (a INT NOT NULL, b VARCHAR(20) DEFAULT ';', PRIMARY KEY (a));
INSERT INTO demo_a VALUES (1, 'it''s; \' "x"');
DELIMITER //
CREATE FUNCTION demo_f() RETURNS INT DETERMINISTIC BEGIN DECLARE x INT; SET x = 7; RETURN x; END//
DELIMITER ;
/* the next one fails */
CREATE TABLE demo_b (a INT NOT NULL, PRIMARY KEY (missing));
INSERT INTO demo_a VALUES (2, 'b');
SQL
refused migrate && said 'demo/0001_create.sql:8: statement 4:' && said 'in: CREATE TABLE demo_b'
ok 'a statement that fails is named by file, line and number'
ctl migrate --status && said 'unfinished, 3 statements took effect'; ok 'status says where it stopped'
cp "$D/sql/demo/0001_create.sql" "$D/keep.sql"
sed -i 's/DEFAULT/  DEFAULT/' "$D/sql/demo/0001_create.sql"
refused migrate && said 'may not be edited any more'; ok 'what took effect may not be edited'
sed 's/(missing)/(a)/' "$D/keep.sql" >"$D/sql/demo/0001_create.sql"
ctl migrate && said '0001_create.sql: applied, 5 statements'
ok 'a mended file goes on where it stopped'
is 'SELECT GROUP_CONCAT(b ORDER BY a SEPARATOR "|"), demo_f() FROM demo_a' "it's; ' \"x\"|b	7"
ok 'quotes, comments and DELIMITER are read as the client reads them'
echo '-- more' >>"$D/sql/demo/0001_create.sql"
refused migrate && said 'has been edited since'; ok 'an applied file that was edited is refused'
sed -i '$d' "$D/sql/demo/0001_create.sql"
echo 'SELECT 1;' >"$D/sql/demo/0003_gap.sql"
refused migrate && said 'a migration before it is missing'; ok 'a gap is refused'
mv "$D/sql/demo/0003_gap.sql" "$D/sql/demo/0001_again.sql"
refused migrate && said 'this number is there twice'; ok 'a number twice is refused'
mv "$D/sql/demo/0001_again.sql" "$D/sql/demo/2_short.sql"
refused migrate && said 'NNNN_name.sql'; ok 'a name of another form is refused'
rm "$D/sql/demo/2_short.sql"
mv "$D/sql/demo" "$D/demo.away"
refused migrate && said 'is not in sql_dir'; ok 'a database newer than the program is refused'
mv "$D/demo.away" "$D/sql/demo"
cat >"$D/sql/demo/0002_slow.sql" <<'SQL'
CREATE TABLE demo_c (a INT NOT NULL, PRIMARY KEY (a));
INSERT INTO demo_c SELECT 1 FROM (SELECT SLEEP(5)) s;
INSERT INTO demo_c VALUES (2);
SQL
"$YOBOCTL" --config "$D/yobo.conf" migrate >"$D/out" 2>&1 &
for _ in $(seq 100); do
	is "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'INSERT%SLEEP%'" 1 && break
	sleep 0.05
done
kill -TERM $!
! wait $!
ok 'somebody who loses patience ends it'
ctl migrate --status && said 'unfinished, 2 statements took effect'; ok 'behind the statement that was under way'
ctl migrate && said '0002_slow.sql: applied, 3 statements' && is 'SELECT COUNT(*) FROM demo_c' 2
ok 'which is not made a second time'

# ---- the access log and rights ----

sql 'INSERT INTO audit_event (chain_id, seq, rec, hash, mac, at_us, actor_kind, action, ok)
	VALUES (1, 1, "r", REPEAT("h", 32), REPEAT("m", 32), 1, 0, 1, 1)' >"$D/out"
sql 'UPDATE audit_event SET ok = 0' >"$D/out"; said 'append only'; ok 'no row of the log is changed'
sql 'DELETE FROM audit_event' >"$D/out"; said 'append only'; ok 'no row of the log is deleted'
pool first-password 'INSERT INTO audit_event (chain_id, seq, rec, hash, mac, at_us, actor_kind,
	action, ok) VALUES (1, 2, "r", REPEAT("h", 32), REPEAT("m", 32), 1, 0, 1, 1)'
ok 'a pool appends to the log'
! pool first-password 'SELECT seq FROM audit_event' && said denied; ok 'a pool does not read the log'
! pool first-password 'DELETE FROM core_revocation' && said denied; ok 'a pool takes no revocation away'
! pool first-password 'UPDATE core_org SET name = "x"' && said denied; ok 'a pool renames nobody'
! pool first-password 'DROP TABLE demo_a' && said denied; ok 'a pool has no DDL'
pool first-password 'SELECT COUNT(*) FROM master_bank'; ok 'a pool reads masters'
echo 'GRANT SELECT ON demo_a TO {pool};' >"$D/sql/demo/grants_all.sql"
ctl migrate && pool first-password 'SELECT a FROM demo_a'; ok 'grants_all.sql is for every pool'
rm "$D/sql/demo/grants_all.sql"
ctl migrate --regrant && ! pool first-password 'SELECT a FROM demo_a' && said denied
ok 'regrant takes away what no file grants'
echo second-password >"$D/main.pw"
ctl migrate --no-accounts && pool first-password 'SELECT 1'; ok 'no-accounts leaves accounts alone'
ctl migrate && pool second-password 'SELECT 1' && ! pool first-password 'SELECT 1'
ok 'a new password in the file is a new password in the database'
chmod 644 "$D/main.pw"
refused migrate && said 'must not be open to others'; ok 'a password others can read is refused'
chmod 600 "$D/main.pw"
echo "a' OR 'b" >"$D/main.pw"
refused migrate && said 'quotes, backslashes'; ok 'a password cannot leave its quotes'
echo second-password >"$D/main.pw"

# ---- masters ----

all_rows() {
	local row
	for row in prefecture:47 municipality:1916 bank:1146 bank_branch:28944 vaccine:29 schedule:69 \
		interval_rule:6 code:76 questionnaire_item:34 mch_item:45 age_token:12 \
		identifier_format:18 check_digit_vector:14 kana:114 flow:35; do
		is "SELECT COUNT(*) = ${row#*:} AND (SELECT n_rows FROM master_source WHERE
			table_name = 'master_${row%:*}') = ${row#*:} FROM master_${row%:*}" 1 || return 1
	done
}
all_rows
ok 'every master holds all rows of its file'
is 'SELECT lg_code6, is_vaccination_body FROM master_municipality WHERE lg_code6 = "011002"' '011002	1'
ok 'leading zeros stay, Y is 1'
is 'SELECT dose_ml, routine_from, routine_to IS NULL FROM master_vaccine WHERE code = "HEPB"' \
	'0.25	2016-10-01	1'
ok 'numbers and dates are typed, empty is NULL'
sed -i '3s/$/ /' "$D/sql/masters/banks.csv"
echo '12,"x",x,x,abc,x' >>"$D/sql/masters/banks.csv"
refused migrate && said 'masters/banks.csv: line 1148: column branch_count is not a number'
ok 'a bad cell is named by file, line and column'
is 'SELECT COUNT(*) FROM master_bank' 1146; ok 'and the table is as it was'
cp "$SRC/sql/masters/banks.csv" "$D/sql/masters/banks.csv"
chmod u+w "$D/sql/masters/banks.csv"
sed -i '$d' "$D/sql/masters/banks.csv"
ctl migrate && said 'master_bank: loaded, 1145 rows' && is 'SELECT COUNT(*) FROM master_bank' 1145
ok 'a changed file is loaded anew'
sed -i '1s/name_ja/name/' "$D/sql/masters/banks.csv"
refused migrate && said 'does not name the columns'; ok 'a renamed column is refused'
cp "$SRC/sql/masters/banks.csv" "$D/sql/masters/banks.csv"

# ---- a new area, and the configuration ----

mkdir "$D/tree"
(cd "$SRC" && cp --parents core/tools/new-module.sh core/tools/where.sh modules/Makefile.inc \
	nginx/areas.sh nginx/yobo-locations.conf.in nginx/www/lib/areas.js nginx/www/i18n/*.json \
	tests/Makefile.inc \
	tests/www/screens.json tests/core/matrix-operations.csv packaging/lib/instance.sh "$D/tree/")
chmod -R u+w "$D/tree"
sh "$D/tree/core/tools/new-module.sh" sample '見本' >"$D/out" 2>&1 &&
	sh "$D/tree/core/tools/where.sh" sample >"$D/out"
ok 'new-module opens the five doors'
for f in "$D"/tree/nginx/www/i18n/*.json "$D"/tree/nginx/www/sample/i18n/*.json \
	"$D/tree/tests/www/screens.json"; do
	mariadb --no-defaults -N -S "$D/s.sock" -e "SELECT JSON_VALID('$(sed "s/[\\']/&&/g" "$f")')"
done >"$D/out" 2>&1
! grep -qv '^1$' "$D/out"; ok 'and leaves the shared lists in their form'
! sh "$D/tree/core/tools/new-module.sh" sample >"$D/out" 2>&1 && said 'is there already'
ok 'an area that exists is refused'
! sh "$D/tree/core/tools/new-module.sh" ../Sample >"$D/out" 2>&1; ok 'a bad name is refused'
$CC -std=gnu11 -Wall -Wextra -Wpedantic -Werror -fPIC -shared -I"$SRC/core/include" \
	-o "$D/modules/sample.so" "$D/tree/modules/sample/sample.c" >"$D/out" 2>&1
ok 'the new module compiles against the public headers'
cp -r "$D/tree/sql/sample" "$D/sql/"
conf sample
refused check-config && said 'run yoboctl migrate'; ok 'check-config sees a schema that is too old'
ctl migrate && ctl check-config && said 'good, 1 modules'; ok 'after migrate it is good'
ctl routes && said listSampleItems && said getHealth; ok 'routes lists it'
"$YOBOCTL" --config "$D/yobo.conf" openapi >"$D/out" 2>&1 && said '"listSampleItems"'
ok 'the API document has it'
ctl check-config && said 'no pool has runners'; ok 'check-config says that nobody runs timers'
ctl run; [ $? -eq 78 ] && said 'no pool has runners'; ok 'run needs a pool with runners'
cp -r "$SRC/sql/account" "$D/sql/" # jobs ask there whether their owner still may
printf '[pool jobs]\nareas = sample\nrunners = 2\ndb_user = yobo_jobs\ndb_password_file = %s\n' \
	"$D/main.pw" >>"$D/yobo.conf"
ctl migrate && ctl check-config && said 'good, 1 modules' && ! said 'no pool has runners'
ok 'an area may stand in two pools'
[ "$("$YOBOCTL" --config "$D/yobo.conf" openapi | grep -o '"listSampleItems"' | wc -l)" = 1 ] &&
	[ "$("$YOBOCTL" --config "$D/yobo.conf" routes | grep -c listSampleItems)" = 1 ]
ok 'and is shown once'
sql 'SHOW GRANTS FOR yobo_jobs@localhost' >"$D/out"; said core_timer; ok 'a pool with runners has their rights'
sql 'SHOW GRANTS FOR yobo_main@localhost' >"$D/out"; ! said core_timer; ok 'another has not'
ctl run && said TIMER; ok 'run lists the timers'
ctl run --dry-run; [ $? -eq 64 ]; ok 'a dry run is of one timer'
sed -i 's/^areas = sample$/areas = sample, sample/' "$D/yobo.conf"
refused check-config && said 'sample: is there twice'; ok 'an area twice in a pool is refused'
conf sample
sed -i 's/^user = nobody/user = no-such-user/' "$D/yobo.conf"
refused check-config && said 'there is no user no-such-user'; ok 'and a user nobody knows'
sed -i '/^user = no-such-user/d' "$D/yobo.conf"
ctl check-config && said 'good, 1 modules'; ok 'without one yobod runs as who starts it'
conf sample
printf '[keeper]\nkeys_dir = %s\nseal_seconds = 0\n' "$D/keys" >>"$D/yobo.conf"
refused check-config && said '[keeper] seal_seconds'; ok 'what the keeper would not start with, too'
sed -i 's/^seal_seconds = 0/peers = nobody, no-such-user/' "$D/yobo.conf"
refused check-config && said '[keeper] peers: no user no-such-user'; ok 'and a peer nobody knows'
sed -i 's/, no-such-user//' "$D/yobo.conf"
ctl check-config && said 'good, 1 modules' && [ ! -e "$D/keys" ]; ok 'with good values it is good; no key is made'
printf '[mail]\nsmtp = smtp://mail.example.jp:587\nfrom = yobo\n' >>"$D/yobo.conf"
refused check-config && said '[mail] from: an address expected'; ok 'whom mails are from is looked at'
sed -i 's/^from = .*/from = yobo@example.jp/' "$D/yobo.conf"
ctl check-config && said 'good, 1 modules'; ok 'and good when it is'
conf sample
sql 'ALTER TABLE sample_item DROP COLUMN name' >"$D/out"
refused check-config && said sample_items; ok 'a query that no longer fits is named'
printf '[area sample]\nnonsense = 1\n[area other]\nx = 1\n[nowhere]\n' >>"$D/yobo.conf"
refused check-config && said 'nonsense: there is no such option' &&
	said '[area other]: no pool runs this area' && said '[nowhere]: there is no such section'
ok 'unknown options, areas and sections are named'
conf sample
sed -i 's/^\[pool main\]/[pool main]\nworkers = 40/' "$D/yobo.conf"
refused check-config && said 'max_connections'; ok 'more connections than the database has are refused'
conf sample
sed -i 's/^\[pool main\]/[pool main]\nscheduling = sometimes/' "$D/yobo.conf"
refused check-config && said '[pool main] scheduling: normal or batch'
ok 'what yobod would not start with is refused, a word of a pool'
conf sample
sed -i 's/^\[yobod\]/[yobod]\ndrain_timeout = soon/' "$D/yobo.conf"
refused check-config && said 'drain_timeout'; ok 'and a number of its own'
conf sample
ctl params && said core.rate_per_minute; ok 'params lists the core'
ctl errors --json && said '"id":"E-AUTH-001"'; ok 'errors --json is the catalogue'
ctl version && said yobo; ok 'version answers'
refused keys list && said 'keeper does not answer'; ok 'keys says that the keeper is away'
ctl nonsense; [ $? -eq 64 ]; ok 'an unknown command is a usage error'
"$YOBOCTL" --config "$D/none.conf" audit verify >"$D/out" 2>&1; [ $? -eq 3 ]
ok 'audit verify without a configuration could not run: 3'

echo "1..$n"
exit $failed

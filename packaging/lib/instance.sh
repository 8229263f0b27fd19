# shellcheck shell=bash
# One installation in one directory: its configuration, its processes, its data.
# Needs common.sh, build.sh, database.sh, pki.sh, web.sh.

MARKER=.yobo-instance
DAEMONS="nginx yobod keeper mariadbd"

# instance_paths DIR: where everything of an instance is.
instance_paths() {
	DIR=$1
	DATA_DIR=$DIR/data CONF_DIR=$DIR/conf LOG_DIR=$DIR/log PID_DIR=$DIR/pid KEYS_DIR=$DIR/keys
	RUN_DIR=$DIR/run
	# A socket's path has 107 characters; a deep directory gets a short one for its sockets.
	if [ ${#RUN_DIR} -gt 80 ]; then
		RUN_DIR=/tmp/yobo-$(id -u)-$(printf '%s' "$DIR" | sha256sum | cut -c1-16)
	fi
}

instance_dirs() {
	mkdir -p "$DIR" && chmod 700 "$DIR" && : >"$DIR/$MARKER" || return 1
	# Below /tmp somebody else may have been there first.
	(umask 077 && mkdir -p "$RUN_DIR") && [ -O "$RUN_DIR" ] && [ ! -L "$RUN_DIR" ] || return 1
	mkdir -p "$DATA_DIR" "$CONF_DIR" "$LOG_DIR" "$PID_DIR" "$KEYS_DIR" "$RUN_DIR/yobo" \
		"$DATA_DIR/receive" "$DATA_DIR/send" &&
		chmod 700 "$DATA_DIR" "$KEYS_DIR" "$RUN_DIR"
}

# Whether DIR may be ours: absent, empty, or made by an earlier run.
instance_dir_ok() {
	[ -e "$1" ] || return 0
	[ -d "$1" ] || return 1
	[ -e "$1/$MARKER" ] || [ -z "$(ls -A "$1")" ]
}

instance_running() {
	local name
	for name in $DAEMONS; do
		our_pid "$PID_DIR/$name.pid" >/dev/null || return 1
	done
}

instance_stop() {
	stop_daemon nginx 10 QUIT
	stop_daemon yobod 40
	stop_daemon mailbox 5
	stop_daemon keeper 15
	stop_daemon mariadbd 60
}

instance_keys() {
	local id
	[ -s "$KEYS_DIR/ca.pem" ] || pki_ca "$KEYS_DIR" ca "/O=yobo trial/CN=yobo trial server CA" || return 1
	[ -s "$KEYS_DIR/client-ca.pem" ] ||
		pki_ca "$KEYS_DIR" client-ca "/O=yobo trial/CN=yobo trial client CA" || return 1
	[ -s "$KEYS_DIR/insurer-ca.pem" ] ||
		pki_ca "$KEYS_DIR" insurer-ca "/O=yobo trial/CN=yobo trial insurers' CA" || return 1
	[ -s "$KEYS_DIR/card-ca.pem" ] ||
		pki_ca "$KEYS_DIR" card-ca "/O=yobo trial/CN=yobo trial staff card CA" || return 1
	# The web server accepts both; which is whose the registration of programs decides.
	cat "$KEYS_DIR/client-ca.pem" "$KEYS_DIR/insurer-ca.pem" >"$KEYS_DIR/client-cas.pem" || return 1
	[ -s "$KEYS_DIR/server.pem" ] ||
		pki_issue "$KEYS_DIR" ca server "/O=yobo trial/CN=127.0.0.1" serverAuth \
			IP:127.0.0.1,IP:::1,DNS:localhost || return 1
	[ -s "$CONF_DIR/field.keys" ] ||
		(umask 077 && printf '1 %s\n' "$(random_hex 32)" >"$CONF_DIR/field.keys")
	mkdir -p "$KEYS_DIR/signing" && chmod 700 "$KEYS_DIR/signing" || return 1
	# Senders of master files, as オンライン資格確認等システム and 集合契約システム would be.
	mkdir -p "$KEYS_DIR/partners" || return 1
	for id in ONS SKS; do
		[ -s "$KEYS_DIR/partners/$id.pem" ] ||
			pki_partner "$KEYS_DIR/partners" "$id" "/O=yobo trial/CN=SAMPLE $id" || return 1
	done
}

# instance_clients: a key and a certificate for every program that calls.
instance_clients() {
	local id ca
	while read -r id ca; do
		pki_issue "$KEYS_DIR" "$ca" "$id" "/O=yobo trial/CN=$id" clientAuth || return 1
	done < <(node "$TOP/packaging/seed.mjs" clients)
}

# mailbox_start: a mail server that keeps what it gets in a Maildir, where Debian's aiosmtpd is
# installed; sets MAIL_PORT. Without one mails wait.
mailbox_start() {
	MAIL_PORT=''
	command -v aiosmtpd >/dev/null 2>&1 || return 0
	MAIL_PORT=$(free_port)
	start_daemon mailbox aiosmtpd -n -c aiosmtpd.handlers.Mailbox "$DIR/mailbox" \
		-l "127.0.0.1:$MAIL_PORT" --tlscert "$KEYS_DIR/server.pem" \
		--tlskey "$KEYS_DIR/server.key" || return 1
	wait_until 15 port_busy "$MAIL_PORT"
}

# The mail server of yobo.conf; nothing without one.
mail_conf() {
	[ -z "${MAIL_PORT:-}" ] || cat <<END

[mail]
smtp = smtp://127.0.0.1:$MAIL_PORT
from = 予防接種事務デジタル化（試用） <no-reply@yobo.example>
ca = $KEYS_DIR/ca.pem
END
}

# areas_of FILE: every area of its pools, for the pool that works for all of them.
areas_of() {
	sed -n 's/^areas = //p' "$1" | tr ',' '\n' | tr -d ' ' | sort -u | paste -sd, -
}

# instance_conf PREFIX PORT: yobo.conf
instance_conf() {
	local worker areas
	worker=$(find_program "$1" yobo-worker) || return 1
	cat >"$CONF_DIR/yobo.conf" <<END
# Trial installation made by packaging/quickstart; everything it needs is below $DIR.
[yobod]
run_dir = $RUN_DIR/yobo
user = $(id -un)
socket_mode = 0660
worker = $worker
drain_timeout = 30
request_timeout = 20

[core]
base_url = https://127.0.0.1:$2
keeper_socket = $RUN_DIR/yobo/keeper.sock
field_keys = $CONF_DIR/field.keys
modules_dir = $1/lib/yobo/modules
mail_dir = $1/share/yobo/mail
# A trial is measured and tested: limits that protect a real service stand high.
rate_per_minute = 10000000
failures_per_minute = 10000000
data_dir = $DATA_DIR/db
disk_floor_percent = 1

[db]
socket = $(db_socket)
name = yobo

[pool login]
areas = account,token
workers = 1
threads = 8
db_user = yobo_login
db_password_file = $DATA_DIR/secrets/yobo_login.password

[pool main]
areas = master,record
workers = 2
threads = 8
scheduling = batch
db_user = yobo_main
db_password_file = $DATA_DIR/secrets/yobo_main.password

[keeper]
keys_dir = $KEYS_DIR/signing
db_user = yobo_keeper
db_password_file = $DATA_DIR/secrets/yobo_keeper.password
checkpoint_file = $DATA_DIR/checkpoints
seal_seconds = 5

[migrate]
db_user = yobo_migrate
db_password_file = $DATA_DIR/secrets/yobo_migrate.password
sql_dir = $1/share/yobo/sql

[audit]
db_user = yobo_audit
db_password_file = $DATA_DIR/secrets/yobo_audit.password

[area token]
client_ca = $KEYS_DIR/client-ca.pem
insurer_ca = $KEYS_DIR/insurer-ca.pem
mtls_base_url = https://127.0.0.1:$(($2 + 1))

[area master]
receive_dir = $DATA_DIR/receive
receive_certs = $KEYS_DIR/partners
receive_spool = $DATA_DIR/received
receive_retry_seconds = 0
send_dir = $DATA_DIR/send

[area account]
# People who try things log in from two windows, tests from many.
sessions = 100
network_failures = 1000000
mails_per_address = 1000000
card_anchors = $KEYS_DIR/card-ca.pem
$(mail_conf)
END
	areas=$(areas_of "$CONF_DIR/yobo.conf")
	cat >>"$CONF_DIR/yobo.conf" <<END

[pool jobs]
areas = $areas
workers = 1
threads = 4
runners = 2
scheduling = batch
db_user = yobo_jobs
db_password_file = $DATA_DIR/secrets/yobo_jobs.password
END
}

# instance_web PREFIX PORT: the web server's configuration
instance_web() {
	local user=''
	[ "$(id -u)" != 0 ] || user='user root;'
	web_configure "$1/share/yobo/nginx" "user_line=$user" "run_dir=$RUN_DIR/yobo" \
		"log_dir=$LOG_DIR" "temp_dir=$RUN_DIR/nginx" "www_dir=$1/share/yobo/www" \
		"base_listen=127.0.0.1:$2" "mtls_listen=127.0.0.1:$(($2 + 1))" "mtls_port=$(($2 + 1))" \
		"hosts=127.0.0.1 0; localhost 0;" login_rate=6000r/m login_burst=500 \
		anonymous_rate=2000r/s "certificate=$KEYS_DIR/server.pem" \
		"certificate_key=$KEYS_DIR/server.key" "client_ca=$KEYS_DIR/client-cas.pem"
}

# What was built. With sudo the clone is somebody else's, which git wants to be told.
instance_commit() {
	git -c safe.directory="$TOP" -C "$TOP" rev-parse --verify -q HEAD 2>/dev/null || echo unknown
}

# instance_facts PREFIX PORT FILE: instance.json before logins, clients and tokens are in it
instance_facts() {
	local mailbox=''
	[ -z "${MAIL_PORT:-}" ] || mailbox=$(printf ',\n\t"mailbox": "%s"' "$DIR/mailbox")
	(
		umask 077
		cat >"$3" <<END
{
	"base": "https://127.0.0.1:$2",
	"mtls": "https://127.0.0.1:$(($2 + 1))",
	"ca": "$KEYS_DIR/ca.pem",
	"yoboctl": "$(find_program "$1" yoboctl)",
	"config": "$CONF_DIR/yobo.conf",
	"commit": "$(instance_commit)",
	"db": { "socket": "$(db_socket)", "name": "yobo" },
	"keys_dir": "$KEYS_DIR"$mailbox
}
END
	)
}

# shellcheck shell=bash
# The web server of an instance. Needs common.sh, CONF_DIR, RUN_DIR, LOG_DIR, PID_DIR.

# fill_template FILE NAME=VALUE...: the file with @NAME@ replaced, on standard output.
# A name left over is a mistake of ours and fails.
fill_template() {
	local text pair
	text=$(cat "$1") || return 1
	for pair in "${@:2}"; do
		text=${text//@"${pair%%=*}"@/"${pair#*=}"}
	done
	if [[ $text =~ @[a-z_]+@ ]]; then
		warn "$1: nothing fills ${BASH_REMATCH[0]}"
		return 1
	fi
	printf '%s\n' "$text"
}

# web_configure SOURCE NAME=VALUE...: every file of SOURCE, filled, into CONF_DIR/nginx.
web_configure() {
	local source=$1 out=$CONF_DIR/nginx file name
	shift
	mkdir -p "$out" "$RUN_DIR/nginx"/{body,fastcgi,proxy,uwsgi,scgi} || return 1
	for file in "$source"/*.conf "$source"/*.conf.in; do
		name=${file##*/}
		case $name in
		*.in) fill_template "$file" "conf_dir=$out" "$@" >"$out/${name%.in}" || return 1 ;;
		*) cp "$file" "$out/$name" || return 1 ;;
		esac
	done
	nginx -t -q -p "$out" -c "$out/standalone.conf" >>"$LOG_DIR/nginx.log" 2>&1
}

web_start() { start_daemon nginx nginx -p "$CONF_DIR/nginx" -c "$CONF_DIR/nginx/standalone.conf"; }
web_stop() { stop_daemon nginx 10 QUIT; }

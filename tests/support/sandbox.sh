# shellcheck shell=bash
# A whole instance for tests, on free ports in a directory of its own. Needs
# packaging/lib/common.sh and TOP.

# sandbox_start DIR PREFIX LOG [SUBJECTS [SECONDS]]: sets YOBO_INSTANCE.
sandbox_start() {
	local try
	for try in 1 2 3; do
		timeout "${5:-240}" "$TOP/packaging/quickstart" --detach --no-install --dir "$1" \
			--prefix "$2" --port "$(free_port)" --subjects "${4:-600}" >"$3" 2>&1 && break
		# Somebody else may have taken the port in the meantime.
		grep -q 'is taken by another program' "$3" || return 1
		[ $try -lt 3 ] || return 1
		rm -rf "$1"
	done
	export YOBO_INSTANCE=$1/instance.json
}

sandbox_stop() { "$TOP/packaging/quickstart" --stop --dir "$1" >/dev/null 2>&1; }

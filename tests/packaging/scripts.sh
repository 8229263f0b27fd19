#!/usr/bin/env bash
# Our shell scripts: clean by shellcheck, and quickstart refuses what it should. Prints TAP.
set -u
SRC=${SRC:-$(cd "$(dirname "$0")/../.." && pwd)}
D=$(mktemp -d "${TMPDIR:-/tmp}/yobo-scripts.XXXXXX") || exit 99
trap 'rm -rf "$D"' EXIT
n=0 failed=0

ok() { # DESCRIPTION COMMAND...
	n=$((n + 1))
	if "${@:2}" >"$D/out" 2>&1; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		sed 's/^/# /' "$D/out" | head -30
		failed=1
	fi
}
# Fails with this status and says this.
refuses() { # STATUS WORDS COMMAND...
	"${@:3}" >"$D/said" 2>&1
	[ $? -eq "$1" ] && grep -qF -- "$2" "$D/said" && return 0
	cat "$D/said"
	return 1
}

if command -v shellcheck >/dev/null; then
	while read -r script; do
		ok "$script is clean" env -C "$SRC" shellcheck -x "$script"
	done < <(cd "$SRC" && {
		echo packaging/quickstart
		echo tests/run
		echo .ci/run
		find packaging/lib tests -name '*.sh' | sort
	})
else
	ok "shellcheck # SKIP not installed" true
fi

quickstart=$SRC/packaging/quickstart
mkdir "$D/theirs" && echo mine >"$D/theirs/thesis.txt"
ok "a directory of somebody else is refused" \
	refuses 1 'was not made by quickstart' "$quickstart" --no-install --dir "$D/theirs"
ok "and left as it was" test "$(ls -A "$D/theirs")" = thesis.txt
ok "nothing to stop is said" refuses 1 'there is no instance' "$quickstart" --stop --dir "$D/none"
ok "a port that is no number is refused" refuses 1 'wants a number' "$quickstart" --port x
ok "a port out of range is refused" refuses 1 'from 1024' "$quickstart" --port 70000
ok "an unknown option is refused" refuses 64 'usage' "$quickstart" --frobnicate
ok "a path configuration cannot hold is refused" \
	refuses 1 'cannot hold' "$quickstart" --no-install --dir "$D/a b;c"
ok "a prefix without programs is refused" \
	refuses 1 'does not hold yobo' "$quickstart" --no-install --dir "$D/e" --prefix "$D"

mkdir -p "$D/held" && : >"$D/held/$(sed -n 's/^MARKER=//p' "$SRC"/packaging/lib/*.sh)"
exec 9>"$D/held/.lock" && flock 9
ok "what is being started is not told to be stopped" \
	refuses 1 'is at work in' "$quickstart" --stop --dir "$D/held"
exec 9>&-

# What keeps packages from starting services goes away again, also when somebody loses patience.
installing() ( # COMMAND that stands for apt-get
	# shellcheck source=/dev/null
	. "$SRC/packaging/lib/packages.sh"
	POLICY=$D/policy-rc.d
	mkdir -p "$D/bin" && printf '#!/bin/sh\ncp "%s" "%s.seen"\n%s\n' "$POLICY" "$POLICY" "$1" >"$D/bin/apt-get"
	chmod 755 "$D/bin/apt-get"
	PATH=$D/bin:$PATH
	install_now "$D/apt.log" nothing
)
policy_gone() { [ ! -e "$D/policy-rc.d" ] && grep -q 'exit 101' "$D/policy-rc.d.seen"; }
installing 'exit 0'
ok "no service is started while packages are installed, and all may be afterwards" policy_gone
installing "kill -TERM \$PPID; exit 0"
ok "nor is it forbidden when that was interrupted" policy_gone
cp "$D/policy-rc.d.seen" "$D/policy-rc.d"
installing 'exit 0'
ok "what a killed run left behind is taken away" policy_gone
echo theirs >"$D/policy-rc.d"
installing 'exit 0'
ok "somebody else's is left as it is" test "$(cat "$D/policy-rc.d")" = theirs

# A pid file never leads to a process that is not the one it was written for.
(
	# shellcheck source=/dev/null
	. "$SRC/packaging/lib/common.sh"
	sleep 60 &
	other=$!
	echo "$other 1" >"$D/other.pid" # the right number, another start
	PID_DIR=$D stop_daemon other 1
	kill -0 "$other" && kill "$other"
)
ok "a recycled pid is not signalled" test $? -eq 0

# Templates: a name that nothing fills is an error, not a file with a hole.
(
	# shellcheck source=/dev/null
	. "$SRC/packaging/lib/common.sh"
	# shellcheck source=/dev/null
	. "$SRC/packaging/lib/web.sh"
	echo 'listen @port@; root @www@;' >"$D/t"
	[ "$(fill_template "$D/t" port=1 'www=/a&b')" = 'listen 1; root /a&b;' ] &&
		! fill_template "$D/t" port=1 >/dev/null 2>&1
)
ok "templates are filled whole or refused" test $? -eq 0

echo "1..$n"
[ $failed -eq 0 ]

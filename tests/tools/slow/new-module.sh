#!/usr/bin/env bash
# A fresh business area is whole: it builds with warnings as errors, keeps to the contract, has
# its row in the permission matrix, answers on a running instance and its page opens (TAP).
# What the trap and ok() call looks unreachable to shellcheck.
# shellcheck disable=SC2317
set -u
SRC=${SRC:-$(CDPATH='' cd -- "$(dirname -- "$0")/../../.." && pwd -P)}
D=$(mktemp -d /tmp/yobo-new-module.XXXXXX) || exit 1
n=0
failed=0
finish() {
	[ ! -d "$D/i" ] || "$D/src/packaging/quickstart" --stop --dir "$D/i" >/dev/null 2>&1
	rm -rf "$D"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

ok() { # DESCRIPTION COMMAND...
	local what=$1
	shift
	n=$((n + 1))
	if "$@" >"$D/out" 2>&1; then
		echo "ok $n - $what"
	else
		echo "not ok $n - $what"
		failed=1
		{ grep -A 12 -E '^not ok|error' "$D/out" || tail -n 30 "$D/out"; } | head -60 | sed 's/^/# /'
	fi
}

mkdir "$D/src" "$D/b" || exit 1
cp -a "$SRC/." "$D/src" || exit 1
rm -rf "$D/src/build" "$D/src/.git"
cd "$D/src" || exit 1

ok "new-module opens the five doors" sh core/tools/new-module.sh sample 見本
ok "where finds them" sh core/tools/where.sh sample
# Some rules of the contract ask git which files there are.
git init -q . >/dev/null 2>&1 && git add -A >/dev/null 2>&1
build() {
	autoreconf -fi && cd "$D/b" && ../src/configure --enable-developer --prefix="$D/inst" &&
		make -j"$(nproc)" && make install
}
ok "the tree builds with warnings as errors" build
for t in "$D"/src/tests/contract/*.sh; do
	[ "${t##*/}" = tap.sh ] || ok "contract: ${t##*/}" env SRC="$D/src" BUILD="$D/b" sh "$t"
done
quickstart() {
	"$D/src/packaging/quickstart" --detach --no-install --dir "$D/i" --subjects 20 \
		--prefix "$D/inst" --port $((20000 + RANDOM % 10000))
}
ok "an instance with it starts" quickstart
export YOBO_INSTANCE=$D/i/instance.json
cd "$D/src" || exit 1
ok "its own test" node --test-reporter=tap tests/sample/sample.test.mjs
ok "its row of the permission matrix" node --test-reporter=tap tests/core/matrix.test.mjs
ok "its pages keep to the rules" node --test-reporter=tap tests/www/rules.test.mjs
ok "its page opens, and nothing is wrong with it" node --test-reporter=tap \
	--test-name-pattern='^every route|^sample:' tests/www/screens.test.mjs
echo "1..$n"
exit $failed

#!/usr/bin/env bash
# A tarball builds, passes its unit tests, installs and cleans up after itself.
set -u
SRC=${SRC:-$(CDPATH='' cd -- "$(dirname -- "$0")/../../.." && pwd -P)}
dir=$(mktemp -d /tmp/yobo-dist.XXXXXX) || exit 1
trap 'chmod -R u+w "$dir" && rm -rf "$dir"' EXIT
cp -a "$SRC/." "$dir/src" 2>/dev/null || exit 1
rm -rf "$dir/src/build" "$dir/src/.git"
try() {
	cd "$dir/src" && { [ -x configure ] || autoreconf -fi; } &&
		mkdir -p "$dir/b" && cd "$dir/b" && ../src/configure && make -j"$(nproc)" distcheck
}
if try >"$dir/log" 2>&1 && grep -q 'archives ready for distribution' "$dir/log"; then
	echo "ok 1 - make distcheck"
else
	echo "not ok 1 - make distcheck"
	tail -40 "$dir/log" | sed 's/^/# /'
fi
echo 1..1

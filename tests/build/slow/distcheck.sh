#!/usr/bin/env bash
# A tarball builds, passes its unit tests, installs and cleans up after itself.
# shellcheck source=tests/build/lib/tree.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/tree.sh"
tree_copy
mkdir "$dir/b" && cd "$dir/b" || exit 1
# configure wants no "core" beside it: the build is elsewhere.
if ../src/configure >"$dir/log" 2>&1 && make -j"$(nproc)" distcheck >"$dir/log" 2>&1 &&
	grep -q 'archives ready for distribution' "$dir/log"; then
	report 0 "make distcheck"
else
	report 1 "make distcheck" "$dir/log"
fi
tree_end

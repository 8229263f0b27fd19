#!/usr/bin/env bash
# The whole tree under the other compiler, with warnings as errors.
# shellcheck source=tests/build/lib/tree.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/tree.sh"
if ! command -v clang-14 >/dev/null; then
	echo '1..0 # skip clang-14 is not installed'
	exit 0
fi
tree_copy
tree_build clang CC=clang-14 --enable-developer
report $? "clang, warnings are errors" "$dir/clang/log"
tree_end

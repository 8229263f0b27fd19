#!/usr/bin/env bash
# The n-th allocation, the n-th traffic and the n-th call of the database fail, over every
# route of the pool jobs: no death but the abort for want of memory, nobody gets in.
# shellcheck source=tests/fault/lib/fault.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/fault.sh"
set -o pipefail
if ! "${CC:-gcc}" -shared -fPIC -O1 -w -o "$FAULT_DIR/nth.so" "$TOP/tests/fault/lib/nth.c" -ldl; then
	echo 'not ok 1 - the interposer can be built'
	exit 1
fi
fault_start
status=0
for kind in memory traffic database; do # one after the other: their plans do not add up
	fault_tap node "$TOP/tests/fault/lib/torture.mjs" $kind jobs | sed '/^1\.\./d' || status=1
done
exit $status

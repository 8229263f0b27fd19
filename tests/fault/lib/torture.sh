# shellcheck shell=bash
# What the tests torture-POOL.sh are but for the pool. Read in by them.
# shellcheck source=tests/fault/lib/fault.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/fault.sh"
set -o pipefail

# torture POOL: the n-th allocation, the n-th traffic and the n-th call of the database fail, over
# every route of the pool: no death but the abort for want of memory, nobody gets in.
torture() {
	local kind status=0
	if ! "${CC:-gcc}" -shared -fPIC -O1 -w -o "$FAULT_DIR/nth.so" "$TOP/tests/fault/lib/nth.c" \
		-ldl; then
		echo 'not ok 1 - the interposer can be built'
		return 1
	fi
	fault_start
	for kind in memory traffic database; do # one after the other: their plans do not add up
		fault_tap node "$TOP/tests/fault/lib/torture.mjs" $kind "$1" | sed '/^1\.\./d' || status=1
	done
	return $status
}

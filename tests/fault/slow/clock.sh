#!/usr/bin/env bash
# Clocks that jump, in a worker started by hand under libfaketime.
# shellcheck source=tests/fault/lib/fault.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/fault.sh"
faketime=$(find /usr/lib -name libfaketimeMT.so.1 2>/dev/null | head -n 1)
if [ -z "$faketime" ]; then
	echo '1..0 # skip libfaketime is not installed'
	exit 0
fi
fault_start
fault_tap node "$TOP/tests/fault/lib/clock.mjs" "$faketime"

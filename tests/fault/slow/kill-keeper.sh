#!/usr/bin/env bash
# kill -9 of yobo-keeper at random under writes: acknowledged is kept, a retry does nothing twice.
# shellcheck source=tests/fault/lib/fault.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/fault.sh"
fault_start
fault_tap node "$TOP/tests/fault/lib/kill.mjs" keeper 22

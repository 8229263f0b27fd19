#!/usr/bin/env bash
# The database stands still for half a minute, under reads and writes.
# shellcheck source=tests/fault/lib/fault.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/fault.sh"
fault_start
fault_tap node "$TOP/tests/fault/lib/away.mjs"

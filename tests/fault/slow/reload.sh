#!/usr/bin/env bash
# SIGKILL in every phase of a reload, failing check flights, reloads nobody notices.
# shellcheck source=tests/fault/lib/fault.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/fault.sh"
fault_start
fault_tap node "$TOP/tests/fault/lib/reload.mjs"

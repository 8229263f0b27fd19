#!/usr/bin/env bash
# Parallel writes, deaths, a database that goes away, slow peers, too much at once: in short.
# shellcheck source=tests/fault/lib/fault.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib/fault.sh"
fault_start
fault_tap node "$TOP/tests/fault/lib/trouble.mjs"

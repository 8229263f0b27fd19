#!/usr/bin/env bash
# Peers that ask for long answers and read nothing.
# shellcheck source=tests/fault/lib/fault.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/fault.sh"
fault_start
fault_tap node "$TOP/tests/fault/lib/reader.mjs"

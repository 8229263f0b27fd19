#!/usr/bin/env bash
# The n-th allocation, traffic and call of the database fail in the pool login (../lib/torture.sh).
# shellcheck source=tests/fault/lib/torture.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/torture.sh"
torture login

#!/usr/bin/env bash
# What the kernel forbids a worker (core/worker/seccomp.c), call by call.
set -u
# shellcheck disable=SC1007 # CDPATH is emptied for this one command
TOP=$(CDPATH= cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P) || exit 1
dir=$(mktemp -d "${TMPDIR:-/tmp}/yobo-fault.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
"${CC:-gcc}" -std=gnu11 -Wall -Wextra -O1 -I"$TOP/core/include" -o "$dir/confined" \
	"$TOP/tests/fault/lib/confined.c" "$TOP/core/worker/seccomp.c" -lpthread || exit 1
"$dir/confined"

#!/bin/sh
# where.sh AREA - the doors of a business area: where its code, tables, pages and tests are.
set -eu

[ $# -eq 1 ] || {
	echo "usage: where.sh AREA" >&2
	exit 64
}
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
missing=0
for door in modules sql nginx/www tests; do
	if [ -d "$root/$door/$1" ]; then
		echo "$door/$1"
	else
		echo "$door/$1 (missing)"
		missing=1
	fi
done
if [ -f "$root/modules/$1/api.md" ]; then
	echo "modules/$1/api.md"
else
	echo "modules/$1/api.md (missing)"
	missing=1
fi
exit $missing

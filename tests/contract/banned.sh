#!/bin/sh
# Words that must not stand in the source, and words that may stand in one place only.
set -u
# shellcheck source=tests/contract/tap.sh
. "$(dirname -- "$0")/tap.sh"
cd "$SRC" || exit 1

find core modules -name '*.[ch]' >"$TAP/files"
# The C sources without comments and string literals, as "file: text".
while read -r f; do
	${CC:-gcc} -fpreprocessed -dD -E -P -w -x c "$f" 2>/dev/null |
		sed -e 's/"\([^"\\]\|\\.\)*"/""/g' -e "s|^|$f: |"
done <"$TAP/files" >"$TAP/code"

in_code() { grep -E "$1" "$TAP/code"; }
in_files() { xargs grep -nE "$1" <"$TAP/files" /dev/null; }

in_code '\b(strcpy|strcat|sprintf|vsprintf|strncpy|strtok|atoi|atol|gets|alloca|setjmp|longjmp|localtime|gmtime|strerror|getenv|rand|system|popen|tmpnam|mktemp)[[:space:]]*\(' |
	check "no banned functions"
in_code '\btime[[:space:]]*\([[:space:]]*(NULL|0)' | check "no time(NULL)"
in_code '\bclock_gettime[[:space:]]*\([[:space:]]*CLOCK_REALTIME' |
	grep -v '^core/lib/clock\.c' |
	check "wall time is read in clock.c"
in_files '<jwt\.h>|jwt_decode' | grep -v '^core/lib/token\.c:' |
	check "libjwt is seen by token.c alone"
in_files '<mysql\.h>' | grep -vE '^core/lib/db_internal\.h:|^core/worker/main\.c:' |
	check "mysql.h is seen by the database layer (and initialised in main)"
in_code '\bjson_loads[[:space:]]*\(' | check "JSON is parsed with its length"
in_files '\.sql = [a-z(]' | check "SQL is a literal"
in_files '"[^"]*(SELECT \*|INSERT IGNORE|REPLACE INTO)' |
	check "no SELECT *, INSERT IGNORE or REPLACE INTO"
git ls-files | grep -vE '^(sql/masters/|tests/fuzz/corpus/|tests/contract/banned\.sh|nginx/www/vendor/)' |
	xargs grep -nE '\b(TODO|FIXME|XXX)\b' /dev/null | check "nothing is left for later"
git ls-files | grep -v '^nginx/www/vendor/' |
	xargs grep -nE '[[:blank:]]$' /dev/null | grep -vE '^(sql/masters|tests/fuzz/corpus)/' |
	check "no line ends in a blank"
while read -r f; do
	awk -v f="$f" 'END { if (NR > 600) print f ": " NR " lines" }' "$f"
done <"$TAP/files" | check "no file beyond 600 lines"
tap_done

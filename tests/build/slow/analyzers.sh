#!/usr/bin/env bash
# What three analyzers find in core and modules (TAP): gcc -fanalyzer, clang-tidy, cppcheck. A
# finding fails unless analyzers.accepted says why it is none; so does a line there that no
# longer meets a finding. Each tool is skipped where it is not installed.
# shellcheck source=tests/build/lib/tree.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/tree.sh"
D=$dir

# Findings as "file: check: message", sorted, each once; of included headers too.
findings() {
	sed -nE "s#^(\.\./src/|$D/src/|\./)?((core|modules)/[^:]+):[0-9]+:[0-9]+: (warning|error): (.*) \[([^]]+)\]\$#\2: \6: \5#p" |
		sort -u
}

# judge TOOL PATTERN: $D/found against the accepted lines whose check matches PATTERN.
judge() {
	n=$((n + 1))
	awk -F' \\| ' -v checks="$2" '
		FILENAME == ARGV[1] {
			if ($0 !~ /^#/ && $2 ~ checks) { line[++lines] = $0; file[lines] = $1; check[lines] = $2; words[lines] = $3 }
			next
		}
		{
			known = 0
			for (i = 1; i <= lines; i++)
				if (index($0, file[i] ": " check[i]) == 1 && index($0, words[i]) > 0)
					known = met[i] = 1
			if (!known)
				print "found: " $0
		}
		END { for (i = 1; i <= lines; i++) if (!met[i]) print "no longer found: " line[i] }
	' "$TOP/tests/build/slow/analyzers.accepted" "$D/found" >"$D/wrong"
	if [ -s "$D/wrong" ]; then
		failed=1
		echo "not ok $n - $1"
		sed 's/^/# /' "$D/wrong"
	else
		echo "ok $n - $1"
	fi
}
skip() {
	n=$((n + 1))
	echo "ok $n - $1 # SKIP not installed"
}

tree_copy
mkdir "$D/gcc" && cd "$D/gcc" || exit 1
if ../src/configure CC=gcc CFLAGS='-O1 -g -fanalyzer' >log 2>&1 && nice make -j"$(nproc)" >log 2>&1; then
	findings <log | grep ': -Wanalyzer' | sed 's/: -W/: W/' >"$D/found"
	judge "gcc -fanalyzer" '^Wanalyzer'
else
	tail -20 log | sed 's/^/# /'
	echo "not ok $((n += 1)) - gcc -fanalyzer builds"
	failed=1
fi

cd "$D/src" || exit 1
mapfile -t dirs < <(grep -ohE -- '-DYB_[A-Z_]+=' core/Makefile.inc core/*/Makefile.inc | sort -u |
	sed 's/$/""/')
read -ra flags <<<"$(awk -F'= ' '/^[A-Z0-9]+_CFLAGS = .*-I/ { gsub("-I/", "-isystem /", $2); printf "%s ", $2 }' "$D/gcc/Makefile")"
if command -v clang-tidy-14 >/dev/null; then
	common=(-std=gnu11 -D_GNU_SOURCE -Icore/include "${dirs[@]}" "${flags[@]}")
	# tidy SOURCE-FOLDER FLAG...: eight files at a time, as many at once as there are processors.
	tidy() {
		local at files
		mapfile -t files < <(find "$1" -name '*.c' | sort)
		shift
		for ((at = 0; at < ${#files[@]}; at += 8)); do
			while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
			nice clang-tidy-14 --quiet "${files[@]:at:8}" -- "${common[@]}" "$@" \
				>"$(mktemp "$D/tidy.XXXXXX")" 2>&1 &
		done
		wait
	}
	tidy core
	tidy modules -include tests/build/slow/analyzers.h
	cat "$D"/tidy.* | findings | grep -vE ': clang-diagnostic-(w|i|u)' >"$D/found"
	judge clang-tidy '^(bugprone|cert|clang|concurrency|misc|performance|portability|readability)-'
else
	skip clang-tidy
fi

# Not by style: variables stand at the top of their function, an empty loop says "continue".
# cppcheck 2.10 cannot parse a compound literal between "?" and ":".
if command -v cppcheck >/dev/null; then
	nice cppcheck --std=c11 --enable=warning,style,performance,portability --inline-suppr \
		--suppress=missingIncludeSystem --suppress=unusedStructMember --suppress=variableScope \
		--suppress=redundantContinue --suppress=internalAstError -q -I core/include \
		"${dirs[@]}" -D_GNU_SOURCE --template='{file}: {id}: {message}' core modules >log 2>&1
	sort -u log >"$D/found"
	judge cppcheck '^[a-z]+[A-Za-z]*$'
else
	skip cppcheck
fi
tree_end

# shellcheck shell=bash
# Building the tree beside itself. Needs common.sh and TOP.

# Whether ./configure is missing or older than what it is made from.
configure_is_old() {
	[ -x "$TOP/configure" ] && [ -f "$TOP/Makefile.in" ] || return 0
	[ -n "$(find "$TOP" \( -path "$TOP/build" -o -path "$TOP/.git" \) -prune -o \
		\( -name configure.ac -o -name Makefile.am -o -name Makefile.inc \) \
		-newer "$TOP/configure" -print -quit)" ]
}

# build_tree BUILD PREFIX LOG [configure argument...]: configured, built and installed;
# quick when nothing changed.
build_tree() {
	local build=$1 prefix=$2 log=$3 wanted
	shift 3
	mkdir -p "$build" "$(dirname "$log")" || return 1
	wanted="--prefix=$prefix $*"
	(
		# One at a time in one source tree.
		exec 9<"$TOP/configure.ac" && flock 9 || exit 1
		cd "$build" || exit 1
		if configure_is_old; then
			(cd "$TOP" && autoreconf -fi) || exit 1
		fi
		if [ ! -f config.status ] || [ "$(cat .configured-for 2>/dev/null)" != "$wanted" ]; then
			"$TOP/configure" --prefix="$prefix" "$@" || exit 1
			printf '%s\n' "$wanted" >.configured-for
		fi
		make -j"$(nproc)" && make install
	) >"$log" 2>&1
}

# find_program PREFIX NAME: wherever the build put it.
find_program() {
	local dir
	for dir in bin sbin libexec/yobo libexec lib/yobo; do
		if [ -x "$1/$dir/$2" ]; then
			printf '%s\n' "$1/$dir/$2"
			return 0
		fi
	done
	return 1
}

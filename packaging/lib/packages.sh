# shellcheck shell=bash
# Installing Debian packages from lists like packaging/build-depends. Needs common.sh.

# listed_packages FILE...: the names, without what a command already stands for.
listed_packages() {
	local name unless
	while read -r name unless _; do
		case $name in '' | '#'*) continue ;; esac
		case $unless in '!'*) command -v "${unless#!}" >/dev/null 2>&1 && continue ;; esac
		printf '%s\n' "$name"
	done < <(cat "$@")
}

# missing_packages FILE...: those of them that are not installed.
missing_packages() {
	local name
	for name in $(listed_packages "$@"); do
		[ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$name" 2>/dev/null | cut -c1-2)" = ii ] ||
			printf '%s\n' "$name"
	done
}

# While it says 101, no service is started by the packages we install.
POLICY=/usr/sbin/policy-rc.d
POLICY_MARK='yobo installs packages; its services are private'

# install_packages LOG FILE...: apt-get, without questions, without starting services, and
# once more when a mirror had a bad moment.
install_packages() {
	local log=$1 names
	shift
	mapfile -t names < <(missing_packages "$@")
	[ ${#names[@]} -gt 0 ] || return 0
	[ "$(id -u)" = 0 ] || die "these packages are missing and only root can install them: ${names[*]}
  (install them yourself and say --no-install)"
	command -v apt-get >/dev/null 2>&1 ||
		die "this is not Debian: install the equivalents of packaging/build-depends and say --no-install"
	install_now "$log" "${names[@]}"
	local rc=$?
	hash -r
	return $rc
}

# A shell of its own: what it forbids ends with it, however it ends. One that was killed has left
# its mark, and what bears that is ours to take away.
install_now() ( # LOG NAME...
	log=$1
	shift
	if [ ! -e "$POLICY" ] || grep -qF "$POLICY_MARK" "$POLICY"; then
		trap 'rm -f "$POLICY"' EXIT
		trap 'exit 130' INT TERM HUP
		printf '#!/bin/sh\n# %s\nexit 101\n' "$POLICY_MARK" >"$POLICY" && chmod 755 "$POLICY"
	fi
	for try in 1 2; do
		DEBIAN_FRONTEND=noninteractive apt-get -q update >>"$log" 2>&1 &&
			DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
				-o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=120 \
				install "$@" >>"$log" 2>&1 && exit 0
		[ $try = 2 ] || sleep 5
	done
	exit 1
)

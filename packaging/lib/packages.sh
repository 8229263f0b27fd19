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

# install_packages LOG FILE...: apt-get, without questions, without starting services, and
# once more when a mirror had a bad moment.
install_packages() {
	local log=$1 names policy=/usr/sbin/policy-rc.d ours='' rc=1 try
	shift
	mapfile -t names < <(missing_packages "$@")
	[ ${#names[@]} -gt 0 ] || return 0
	[ "$(id -u)" = 0 ] || die "these packages are missing and only root can install them: ${names[*]}
  (install them yourself and say --no-install)"
	command -v apt-get >/dev/null 2>&1 ||
		die "this is not Debian: install the equivalents of packaging/build-depends and say --no-install"
	# MariaDB and nginx come with services; ours are private and started by us.
	if [ ! -e $policy ]; then
		printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy && ours=1
	fi
	for try in 1 2; do
		if DEBIAN_FRONTEND=noninteractive apt-get -q update >>"$log" 2>&1 &&
			DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
				-o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=120 \
				install "${names[@]}" >>"$log" 2>&1; then
			rc=0
			break
		fi
		[ $try = 2 ] || sleep 5
	done
	[ -z "$ours" ] || rm -f $policy
	hash -r
	return $rc
}

#!/bin/sh
# areas.sh - the pages of all areas, from the routes.js of each: writes nginx/www/lib/areas.js, so
# that a browser asks once, and nginx/yobo-preload.conf, what each page is made of, so that all of
# it is asked for at once. Run after routes.js or the imports of a page have changed; --check
# says whether that is wanted.
#
#	nginx/areas.sh [--check]
set -eu
export LC_ALL=C

www=$(CDPATH='' cd -- "$(dirname -- "$0")/www" && pwd)
cd "$www"
[ "${1-}" = --check ] && check=1 || check=

# In the order of the navigation: these first and those last, between them by name.
first='account record' last='token jobs'
areas=$first
for file in */routes.js; do
	case " $first $last " in
	*" ${file%/routes.js} "*) ;;
	*) areas="$areas ${file%/routes.js}" ;;
	esac
done
list=
for area in $areas $last; do
	[ ! -f "$area/routes.js" ] || list="$list $area"
done

# One area: its routes as a value.
area() {
	printf '\nconst %s = (() => {\n' "$1"
	sed -e '/^\/\//d' -e '/./!d' -e 's/^export const routes/const routes/' \
		-e "s|import('\./|import('../$1/|g" -e 's/^/	/' "$1/routes.js"
	printf '	return routes;\n})();\n'
}

# Each page with what index.html names, every module it imports, and that these import.
needs() {
	set -- index.html lib/*.js widgets/*.js
	for area in $list; do
		set -- "$@" "$area"/*.js
	done
	awk '
	function resolve(dir, to) {
		while (sub(/^\.\.\//, "", to))
			sub(/\/?[^\/]*$/, "", dir)
		sub(/^\.\//, "", to)
		return dir == "" ? to : dir "/" to
	}
	function walk(file, i, n, found) {
		n = split(imports[file], found, " ")
		for (i = 1; i <= n; i++)
			if (!(found[i] in seen)) {
				seen[found[i]] = 1
				out = out " " substr(found[i], 1, length(found[i]) - 3)
				walk(found[i])
			}
	}
	FILENAME == "index.html" {
		if (match($0, /\/ui\/[^"]*\.(js|css)"/)) {
			file = substr($0, RSTART + 4, RLENGTH - 5)
			everywhere[file] = 1
			common = common "</ui$yobo_tree/" file ">; rel=" (file == "boot.js" ? "preload; as=script" : file ~ /css$/ ? "preload; as=style" : "modulepreload") ", "
		}
		next
	}
	FNR == 1 {
		dir = FILENAME
		sub(/\/[^\/]*$/, "", dir)
	}
	FILENAME ~ /\/routes\.js$/ {
		if (match($0, /path: \047[^\047]*/))
			path = substr($0, RSTART + 7, RLENGTH - 7)
		if (match($0, /load: \(\) => import\(\047\.\/[^\047]*/)) {
			paths[++n] = path
			pages[n] = dir "/" substr($0, RSTART + 22, RLENGTH - 22)
		}
		next
	}
	/^(import .*|}) from \047[^\047]*\047;/ {
		split($0, part, "\047")
		imports[FILENAME] = imports[FILENAME] " " resolve(dir, part[2])
	}
	END {
		printf "map \"\" $yobo_preload_all {\n\tdefault \047%s</ui$yobo_tree/i18n/$yobo_words.json>; rel=preload; as=fetch; crossorigin\047;\n}\n", common
		printf "map $request_uri $yobo_preload {\n"
		for (i = 1; i <= n; i++) {
			out = " " substr(pages[i], 1, length(pages[i]) - 3)
			split("", seen)
			for (file in everywhere)
				seen[file] = 1
			walk(pages[i])
			path = paths[i]
			gsub(/:[a-z_]+/, "[^/?]+", path)
			area = pages[i]
			sub(/\/.*/, "", area)
			count = split(substr(out, 2), found, " ")
			out = ""
			for (j = 1; j <= count; j++)
				out = out "</ui$yobo_tree/" found[j] ".js>; rel=modulepreload, "
			printf "\t\"~^%s(\\?|$)\" \047%s</ui$yobo_tree/%s/i18n/$yobo_words.json>; rel=preload; as=fetch; crossorigin\047;\n", path, out, area
		}
		print "}"
	}' "$@"
}

areas_js() {
	cat <<'EOT'
// areas.js - the pages of every area, in the order of the navigation. Made from the areas'
// routes.js by nginx/areas.sh: change those, then run it.
EOT
	for area in $list; do
		area "$area"
	done
	printf '\nexport const AREAS = {%s };\n' "$(printf ', %s' $list | sed 's/^,//')"
}

preload_conf() {
	cat <<'EOT'
# What a page is made of, told with its first bytes (Link). Made from nginx/www by nginx/areas.sh:
# change routes.js or the pages, then run it.
map $cookie_lang $yobo_words {
	default ja;
	en      en;
}
EOT
	needs
}

# put FILE: standard input into it, or compared with it.
put() {
	made=$(cat && echo .) # the full stop keeps the last line break
	if [ -z "$check" ]; then
		printf %s "${made%.}" >"$1"
	elif [ "$made" != "$(cat "$1" && echo .)" ]; then
		echo "$www/$1: run nginx/areas.sh" >&2
		exit 1
	fi
}

areas_js | put lib/areas.js
[ ! -f index.html ] || preload_conf | put ../yobo-preload.conf

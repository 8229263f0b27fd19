# shellcheck shell=bash
# Reading what tests print (TAP) and adding it up, in tap_passed and tap_failed of the caller.

# tap_count FILE STATUS: adds the results of one program. Whatever ended badly without saying
# "not ok", or said fewer results than it planned, counts as one failure.
tap_count() {
	local file=$1 status=$2 passed failed plan skipped
	passed=$(grep -cE '^ok\b' "$file")
	failed=$(grep -cE '^not ok\b' "$file")
	skipped=$(grep -ciE '^ok\b.*# skip' "$file")
	plan=$(sed -nE 's/^1\.\.([0-9]+).*/\1/p' "$file" | tail -n 1)
	if [ "$failed" -eq 0 ] && [ "$status" -ne 0 ] && [ "$status" -ne 77 ]; then
		printf 'not ok - ended with status %s\n' "$status" >>"$file"
		failed=1
	elif [ -n "$plan" ] && [ "$plan" -ne $((passed + failed)) ]; then
		printf 'not ok - planned %s results, gave %s\n' "$plan" $((passed + failed)) >>"$file"
		failed=$((failed + 1))
	elif [ "$status" -eq 0 ] && [ "$passed" -eq 0 ] && [ -z "$plan" ]; then
		printf 'not ok - gave no results\n' >>"$file"
		failed=1
	fi
	tap_passed=$((tap_passed + passed - skipped))
	tap_failed=$((tap_failed + failed))
	[ "$failed" -eq 0 ]
}

# tap_failures FILE: each failure with what was said about it.
tap_failures() {
	awk '/^not ok/ { left = 40 } /^ok/ { left = 0 } left-- > 0' "$1" | head -n 200
}

# tap_skipped FILE: what was not tested, and why: nobody shall take it for tested.
tap_skipped() {
	grep -iE '^(ok\b|1\.\.0).*# skip' "$1" | sed 's/^/    /'
}

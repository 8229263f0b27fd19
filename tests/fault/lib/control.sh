# shellcheck shell=bash
# control.sh DIR start db|keeper: starts what a test has killed, by the instance's own command.
set -u
# shellcheck disable=SC1007 # CDPATH is emptied for this one command
TOP=$(CDPATH= cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." && pwd -P) || exit 1
for part in common database build instance; do
	# shellcheck source=/dev/null
	. "$TOP/packaging/lib/$part.sh"
done
instance_paths "$1"
case $2-$3 in
start-db) db_start ;;
start-keeper)
	keeper=$(find_program "$(cat "$DIR/prefix")" yobo-keeper) || exit 1
	start_daemon keeper "$keeper" --config "$CONF_DIR/yobo.conf" || exit 1
	wait_until 10 test -S "$RUN_DIR/yobo/keeper.sock"
	;;
*) exit 64 ;;
esac

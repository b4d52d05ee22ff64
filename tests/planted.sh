# Plants bugs, for the scripts that source this. They set `test`, the command that must find each bug.
#
# The tree must be clean: every planted bug is removed by `git checkout`. A script that sources this ends with `exit $missed`: 1 if
# a bug is not found, or if the code that it changes no longer exists.
set -u
git diff --quiet || { echo "the tree is not clean" >&2; exit 2; }
missed=0

# bug NAME FILE SED: plants one bug.
bug() {
    sed -i "$3" "$2"
    if git diff --quiet; then
        echo "GONE   $1: nothing in $2 is as this script expects"
        missed=1
        return
    fi
    # shellcheck disable=SC2086,SC2154 # several words, set by the script
    if out=$($test 2>&1); then
        echo "MISSED $1"
        missed=1
    elif echo "$out" | grep -q "could not compile"; then
        echo "BROKEN $1: does not compile"
        missed=1
    elif echo "$out" | grep -q "^test result: FAILED"; then
        echo "found  $1"
    else
        echo "BROKEN $1: the test did not run to its end"
        missed=1
    fi
    git checkout --quiet -- "$2"
}

#!/bin/sh
# A kind that makes clusters of the fake docker. Where a file `kind.says` is, `create` fails with those words; where there is a pipe `go-on`,
# it makes the nodes and goes on when somebody writes into that.
folder=${0%/*}
printf 'kind %s\n' "$*" >>"$folder/calls"
case "$1 $2" in
'version --quiet')
    if [ -e "$folder/kind.version" ]; then cat "$folder/kind.version"; else echo 0.33.0; fi
    ;;
'create cluster')
    if [ -e "$folder/kind.says" ]; then
        cat "$folder/kind.says" >&2
        exit 1
    fi
    printf '%s-control-plane\tUp 1 second\n%s-worker\tCreated\n' "$4" "$4" >"$folder/containers/$4"
    if [ -e "$folder/go-on" ]; then
        # As kind waits for a docker that it runs.
        sh -c 'read -r _ <"$0"' "$folder/go-on"
    fi
    echo 'ERROR: the fake makes no cluster' >&2
    exit 1
    ;;
'delete cluster') rm -f "$folder/containers/$4" ;;
'get clusters')
    for file in "$folder"/containers/*; do
        [ ! -e "$file" ] || echo "${file##*/}"
    done
    ;;
*) echo "no fake of: kind $*" >&2 && exit 1 ;;
esac

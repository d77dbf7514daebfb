#!/bin/sh
# A docker whose daemon is a folder: the file `containers/CLUSTER` has the nodes of a cluster, as `docker ps` shows them.
# Where a file `docker.says` is, it fails with those words.
folder=${0%/*}
printf 'docker %s\n' "$*" >>"$folder/calls"
if [ -e "$folder/docker.says" ]; then
    cat "$folder/docker.says" >&2
    exit 1
fi
case "$1 $*" in
info*NCPU*) echo '64 274877906944' ;;
info*Architecture*) echo "${FAKE_ARCHITECTURE:-x86_64}" ;;
info*) echo 27.3.1 ;;
ps*)
    cluster=${4##*=}
    [ ! -e "$folder/containers/$cluster" ] || cat "$folder/containers/$cluster"
    ;;
container*inspect*) cat "$folder/mounts/${5%-control-plane}" ;;
*) echo "no fake of: docker $*" >&2 && exit 1 ;;
esac

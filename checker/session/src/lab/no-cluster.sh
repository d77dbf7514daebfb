#!/bin/sh
# Stands before `kubectl` in the shell of a lab without a cluster: the real one would ask another cluster.
cat >&2 <<END
error: this lab has no cluster, so \`${0##*/}\` was not run and nothing was asked

hint: the task is to write: \`labctl brief\` says what, \`labctl check\` judges it
END
exit 1

#!/usr/bin/env bash
# One batch as N processes under GNU parallel, on this machine or, with --sshloginfile, on many.
#   samples/cluster/parallel.sh 4 'nn.Conv2d(3, 8, 3)' -w w.npy --out-dir out 'in/*.npy'
# PARALLEL may hold options for parallel itself, such as --sshloginfile hosts.
set -euo pipefail
shards=$1
shift
# A shard that fails does not keep the others from finishing; parallel's exit status counts them.
exec parallel --quote --jobs "$shards" tconv batch "$@" --shard "{}/$shards" ::: $(seq "$shards")

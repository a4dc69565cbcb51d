#!/usr/bin/env bash
# One batch as N ranks under Open MPI; each rank learns from mpirun which shard it is.
#   samples/cluster/mpi.sh 4 'nn.Conv2d(3, 8, 3)' -w w.npy --out-dir out 'in/*.npy'
# MPIRUN may hold options for mpirun itself, such as --hostfile hosts or --oversubscribe.
set -euo pipefail
ranks=$1
shift
# tconv says nothing over MPI: nothing waits for anything, and no rank needs another.
# shellcheck disable=SC2086 # options, as words
exec mpirun ${MPIRUN:-} -n "$ranks" tconv batch "$@" --shard auto

#!/usr/bin/env bash
# One batch as a Slurm array; each task learns from Slurm which shard it is.
#   sbatch --array=1-4 samples/cluster/slurm.sh 'nn.Conv2d(3, 8, 3)' -w w.npy --out-dir out 'in/*.npy'
# The array is a range: of a list (1,3,7) Slurm does not tell a task its place. To repeat task 3 of
# an array of 4: tconv batch ... --shard 3/4 --resume
#SBATCH --job-name=tconv
#SBATCH --output=tconv-%A-%a.log
#SBATCH --cpus-per-task=1
set -euo pipefail
# A task that is requeued goes on where its journal ends.
exec tconv batch "$@" --shard auto --resume

#!/usr/bin/env bash
# The files of samples/cluster, run: one batch through GNU parallel, mpirun, a real Slurm (an array, and
# tasks of srun), and pods as an indexed Kubernetes Job would start them, each compared byte for byte
# with one process.
#   tests/batch/cluster.sh [build/release/tconv]
# Installs the Debian packages it needs. Slurm's daemons run from a temporary folder, on loopback and
# without systemd, and end with the script; that takes root.
set -euo pipefail
# shellcheck source=samples/setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../samples/setup.sh"

tconv=$(realpath "${1:-$root/build/release/tconv}")
[ -x "$tconv" ] || fail "$tconv is not there: cmake --build --preset release"
[ "$(id -u)" = 0 ] || fail "slurmd starts tasks as root only"
install_packages parallel openmpi-bin slurmctld slurmd slurm-client munge python3-yaml

work=$(mktemp -d)
chmod 755 "$work" # munge asks that its socket can be reached by all
export PATH="$(dirname "$tconv"):$PATH" OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
daemons=()
stop() {
  [ ${#daemons[@]} -eq 0 ] || kill "${daemons[@]}" 2>/dev/null || true
  wait
  rm -rf "$work"
}
trap stop EXIT

shards=4
layer='nn.Conv2d(3, 8, 3, padding=1, bias=False)'

make_inputs() {
  local i copy=(run 'nn.Conv2d(3, 3, 1, groups=3, bias=False)' -w ones:3,1,1,1 --quiet)
  mkdir -p "$work/in/deeper"
  for i in $(seq 1 97); do
    tconv "${copy[@]}" -x "random:1,3,$((3 + i % 11)),$((5 + i % 7)):$i" -o "$work/in/x$i.npy"
  done
  tconv "${copy[@]}" -x random:2,3,9,9:98 -o "$work/in/with blanks & \$signs.npy"
  tconv "${copy[@]}" -x random:1,3,4,4:99 -o "$work/in/"$'not UTF-8: \xff.npy'
  tconv "${copy[@]}" -x random:1,3,200,200:100 -o "$work/in/Ü large.npy"
  tconv "${copy[@]}" -x random:8,3,3,3:7 -o "$work/w.npy"
}

# in_folder NAME COMMAND...: runs it in a folder of its own that sees the inputs.
in_folder() {
  local name=$1
  shift
  mkdir -p "$work/$name"
  ln -s "$work/in" "$work/$name/in"
  ln -s "$work/w.npy" "$work/$name/w.npy"
  (cd "$work/$name" && "$@") || fail "$name"
}

arguments=("$layer" -w w.npy --out-dir out --threads 1 --quiet 'in/*.npy')

# compare NAME SHARDS: all outputs are those of one process, the journals have every item once.
compare() {
  local name=$1 count=$2 journals items
  diff -r --exclude='*.jsonl' "$work/one/out" "$work/$name/out" || fail "$name: outputs differ"
  cd "$work/$name"
  journals=(out/*.jsonl)
  [ ${#journals[@]} -eq "$count" ] || fail "$name: ${#journals[@]} journals, not $count"
  tconv batch --quiet --merge-journals all.jsonl "${journals[@]}" || fail "$name: journals"
  items=$(find out -name '*.npy' | wc -l)
  [ "$(wc -l <all.jsonl)" -eq $((items + 1)) ] || fail "$name: joint journal"
  if tconv batch --merge-journals less.jsonl "${journals[@]:1}" 2>missing.txt; then
    fail "$name: a missing journal is not missed"
  fi
  cd "$work"
  printf '%-34s %s outputs of %s shards: byte for byte those of one process\n' "$name" "$items" "$count"
}

# As kubelet does: the container's command, with the pod's index in its environment.
run_pods() {
  local index command
  for index in $(seq 0 $((shards - 1))); do
    mapfile -d '' command < <(python3 - "$root/samples/cluster/kubernetes.yaml" "$PWD" <<'PY'
import sys, yaml
job = yaml.safe_load(open(sys.argv[1]))["spec"]
assert job["completionMode"] == "Indexed" and job["completions"] == 4
for word in job["template"]["spec"]["containers"][0]["command"]:
    print(word.replace("/data/", sys.argv[2] + "/"), end="\0")
PY
    )
    JOB_COMPLETION_INDEX=$index "${command[@]}" --quiet &
  done
  wait
}

start_slurm() {
  local host here=$work/slurm
  host=$(hostname -s)
  mkdir -p "$here/state" "$here/spool"
  (umask 077 && head -c 128 /dev/urandom >"$here/munge.key")
  cat >"$here/slurm.conf" <<CONF
ClusterName=tconv
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$here/munge.socket
StateSaveLocation=$here/state
SlurmdSpoolDir=$here/spool
SlurmctldPidFile=$here/slurmctld.pid
SlurmdPidFile=$here/slurmd.pid
SlurmctldLogFile=$here/slurmctld.log
SlurmdLogFile=$here/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
  export SLURM_CONF=$here/slurm.conf
  munged --foreground --socket="$here/munge.socket" --key-file="$here/munge.key" \
    --pid-file="$here/munged.pid" --log-file="$here/munged.log" --seed-file="$here/munged.seed" \
    >"$here/munged.out" 2>&1 &
  daemons+=($!)
  until [ -S "$here/munge.socket" ]; do sleep 0.1; done
  slurmctld -D >"$here/slurmctld.out" 2>&1 &
  daemons+=($!)
  slurmd -D -N "$host" >"$here/slurmd.out" 2>&1 &
  daemons+=($!)
  local i
  for i in $(seq 60); do
    [ "$(sinfo --noheader --format=%T 2>/dev/null)" = idle ] && return
    sleep 0.5
  done
  tail -n 5 "$here"/*.log "$here"/*.out >&2
  fail "slurm does not come up"
}

run_list() {
  ! sbatch --wait --array=1,3,7 "$root/samples/cluster/slurm.sh" "${arguments[@]}" >/dev/null
  [ "$(grep -l 'no range of step 1' tconv-*.log | wc -l)" -eq 3 ]
}

make_inputs
say "One process"
in_folder one tconv batch "${arguments[@]}"

say "GNU parallel: $(parallel --version | head -1)"
LC_ALL=C in_folder parallel "$root/samples/cluster/parallel.sh" $shards "${arguments[@]}"
compare parallel $shards

say "Open MPI: $(mpirun --version | head -1)"
MPIRUN=--oversubscribe LC_ALL=C.UTF-8 in_folder mpirun "$root/samples/cluster/mpi.sh" $shards "${arguments[@]}"
compare mpirun $shards

say "Kubernetes: the pods of an indexed Job"
in_folder pods run_pods
compare pods $shards

say "Slurm: $(slurmctld -V)"
start_slurm
in_folder slurm-array sbatch --wait --array=1-$shards "$root/samples/cluster/slurm.sh" "${arguments[@]}"
compare slurm-array $shards
in_folder slurm-array-from-0-step-5 sbatch --wait --array=0-15:5 "$root/samples/cluster/slurm.sh" "${arguments[@]}"
compare slurm-array-from-0-step-5 4
in_folder slurm-srun srun --ntasks="$(nproc)" tconv batch "${arguments[@]}" --shard auto
compare slurm-srun "$(nproc)"
in_folder slurm-mpirun sbatch --wait --ntasks="$(nproc)" --wrap \
  "$(printf 'MPIRUN=--oversubscribe %q' "$root/samples/cluster/mpi.sh") $shards $(printf '%q ' "${arguments[@]}")"
compare slurm-mpirun $shards
in_folder slurm-list run_list
printf '%-34s %s\n' slurm-list "1,3,7: refused by every task"
say "All the same"

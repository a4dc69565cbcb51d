#!/usr/bin/env python3
"""tconv batch beside scripts on PyTorch and ONNX Runtime: the same folder of .npy files, in turns.

tests/peers/batch.py                              # both jobs, on disk and on tmpfs
tests/peers/batch.py --job tiny --files 10000 --rounds 1 --folder /dev/shm
"""

import argparse
import dataclasses
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import environment

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FLAT = 1.05  # resident memory in the end, of what it was after the first thousand files
NEEDED = {"pytorch": 3.0, "onnxruntime": 2.0}  # times as fast
NEEDED_OF_CEILING = 0.8


@dataclasses.dataclass
class Job:
    name: str
    files: int
    x_shape: tuple
    w_shape: tuple
    stride: int
    padding: int

    @property
    def spec(self):
        out_channels, in_channels, kernel, _ = self.w_shape
        return (
            f"nn.Conv2d({in_channels}, {out_channels}, {kernel}, stride={self.stride}, "
            f"padding={self.padding}, bias=False)"
        )

    def file_bytes(self):
        x = 128 + 4 * self.x_shape[1] * self.x_shape[2] * self.x_shape[3]
        kernel = self.w_shape[2]
        side = [(n + 2 * self.padding - kernel) // self.stride + 1 for n in self.x_shape[2:]]
        return x, 128 + 4 * self.w_shape[0] * side[0] * side[1]


JOBS = [
    Job("tiny", 100_000, (1, 3, 8, 8), (8, 3, 3, 3), 1, 1),
    Job("image", 2_000, (1, 3, 224, 224), (64, 3, 7, 7), 2, 3),
]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tconv", type=pathlib.Path, default=ROOT / "build" / "release" / "tconv")
    parser.add_argument("--venv", type=pathlib.Path, default=environment.default_path())
    parser.add_argument(
        "--folder",
        type=pathlib.Path,
        action="append",
        help="where to work; may be given again (a temporary folder on disk, and /dev/shm)",
    )
    parser.add_argument("--job", choices=[job.name for job in JOBS], help="only this one")
    parser.add_argument("--files", type=int, help="instead of the job's number")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--output", type=pathlib.Path, help="JSON file for the numbers")
    return parser.parse_args()


def make_inputs(job, folder):
    import numpy as np

    numbers = np.random.default_rng(1)
    (folder / "in").mkdir()
    block = numbers.standard_normal(job.x_shape, dtype=np.float32)
    for i in range(job.files):
        block.flat[0] = i
        np.save(folder / "in" / f"x{i:07d}.npy", block)
    np.save(folder / "w.npy", numbers.standard_normal(job.w_shape, dtype=np.float32))


def script(name, job, folder):
    """The seconds of a script's loop: what it imports and builds before does not count."""
    words = [HERE / f"batch_{name}.py", os.cpu_count(), job.stride, job.padding]
    command = [sys.executable, *words, folder / "w.npy", folder / "in", folder / name]
    done = subprocess.run(
        [str(word) for word in command],
        env=environment.of_worker(os.cpu_count()),
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout.split()[-1])


def resident(process):
    for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return 1024 * int(line.split()[1])
    return 0


def tconv(arguments_, job, folder):
    """The seconds of the whole process, and its memory once the first thousand files are through
    (or a tenth of fewer) and at the most after that."""
    out = folder / "tconv"
    command = [arguments_.tconv, "batch", job.spec, "-w", folder / "w.npy", "--out-dir", out]
    begin = time.perf_counter()
    process = subprocess.Popen(
        [str(word) for word in [*command, folder / "in", "--json"]], stdout=subprocess.PIPE
    )
    journal = out / "tconv-batch.jsonl"
    warm = min(1000, job.files // 10) * 150  # bytes of journal, which is cheaper asked than lines
    samples = []
    while process.poll() is None:
        time.sleep(0.005)
        try:
            if journal.stat().st_size > warm:
                samples.append(resident(process.pid))
        except (FileNotFoundError, ProcessLookupError):
            pass
    seconds = time.perf_counter() - begin
    summary = json.loads(process.stdout.read())
    if process.returncode != 0 or summary["done"] != job.files:
        sys.exit(f"batch: tconv: exit {process.returncode}: {summary}")
    samples = [sample for sample in samples if sample]
    memory = (samples[0], max(samples)) if samples else (0, 0)
    return seconds, memory, summary


def files_alone(kind, job, folder):
    """Reading or writing all files with nothing else to do, a process a core: wall and processor
    seconds."""
    target = folder / ("in" if kind == "read" else "floor")
    target.mkdir(exist_ok=True)
    size, cores = job.file_bytes()[kind == "write"], os.cpu_count()
    words = [sys.executable, HERE / "batch_floor.py", kind, size, job.files, target]
    parts = [
        subprocess.Popen([str(w) for w in [*words, i, cores]], stdout=subprocess.PIPE, text=True)
        for i in range(cores)
    ]
    times = [tuple(float(t) for t in part.communicate()[0].split()) for part in parts]
    if kind == "write":
        shutil.rmtree(target)
    return max(wall for wall, _ in times), sum(cpu for _, cpu in times)


def arithmetic_alone(arguments_, job):
    """Seconds on one core for all files, weights packed, everything warm."""
    shape = ",".join(str(n) for n in job.x_shape)
    command = [arguments_.tconv, "bench", job.spec, "--input-shape", shape, "--threads", "1"]
    done = subprocess.run(
        [str(word) for word in [*command, "--mode", "packed", "--no-limits", "--json"]],
        check=True,
        capture_output=True,
    )
    (measured,) = json.loads(done.stdout)["measurements"]
    return job.files * measured["ms"]["median"] / 1e3


def ceiling(arguments_, job, folder):
    """Seconds below which no program can stay that has all cores and overlaps everything: neither
    the cores nor the disk can do more than they do alone."""
    read_wall, read_cpu = files_alone("read", job, folder)
    write_wall, write_cpu = files_alone("write", job, folder)
    arithmetic = arithmetic_alone(arguments_, job)
    cores = (arithmetic + read_cpu + write_cpu) / os.cpu_count()
    return max(cores, read_wall, write_wall)


def check_equal(job, folder):
    import numpy as np

    for i in range(0, job.files, max(1, job.files // 50)):
        name = f"x{i:07d}.npy"
        mine = np.load(folder / "tconv" / name)
        for peer in NEEDED:
            np.testing.assert_allclose(np.load(folder / peer / name), mine, rtol=1e-4, atol=1e-3)


def fresh(folder, name):
    shutil.rmtree(folder / name, ignore_errors=True)


def measure(arguments_, job, folder):
    times = {name: [] for name in ("tconv", *NEEDED, "ceiling")}
    memory = []
    for turn in range(arguments_.rounds):
        order = ["tconv", *NEEDED, "ceiling"]
        for name in order if turn % 2 == 0 else reversed(order):
            fresh(folder, name)
            os.sync()  # what one has written is not the next one's burden
            if name == "tconv":
                seconds, rss, summary = tconv(arguments_, job, folder)
                memory.append(rss)
            elif name == "ceiling":
                seconds = ceiling(arguments_, job, folder)
            else:
                seconds = script(name, job, folder)
            times[name].append(seconds)
    check_equal(job, folder)
    return {name: statistics.median(each) for name, each in times.items()}, memory, summary


def report(job, where, seconds, memory, summary):
    print(f"\n{job.name}: {job.files} files {job.x_shape}, {job.spec}, in {where}")
    print(f"  {summary['jobs']} at once on {summary['threads']} threads each")
    for name, each in seconds.items():
        ratio = "" if name == "tconv" else f"   tconv x{each / seconds['tconv']:.2f}"
        print(f"  {name:<12} {each:8.2f} s {job.files / each:10.0f} files/s{ratio}")
    growth = max(last / first for first, last in memory if first) if any(memory[0]) else 0
    print(f"  tconv's memory: {memory[-1][0] / 2**20:.1f} MiB warm, x{growth:.3f} at the most after")
    misses = [f"{p} x{n}" for p, n in NEEDED.items() if seconds[p] < n * seconds["tconv"]]
    if job.name == "image" and seconds["ceiling"] < NEEDED_OF_CEILING * seconds["tconv"]:
        misses.append(f"{NEEDED_OF_CEILING:.0%} of the ceiling")
    if growth > FLAT:
        misses.append(f"memory within {FLAT - 1:.0%}")
    print("  missed: " + ", ".join(misses) if misses else "  all bars met")
    sys.stdout.flush()
    return {
        "job": job.name,
        "where": str(where),
        "files": job.files,
        "seconds": seconds,
        "memory": memory,
        "missed": misses,
    }


def main():
    arguments_ = arguments()
    environment.enter(arguments_.venv)
    results = []
    for base in arguments_.folder or [pathlib.Path(tempfile.gettempdir()), pathlib.Path("/dev/shm")]:
        for job in JOBS:
            if arguments_.job not in (None, job.name):
                continue
            job = dataclasses.replace(job, files=arguments_.files or job.files)
            with tempfile.TemporaryDirectory(dir=base, prefix="tconv-batch-") as name:
                folder = pathlib.Path(name)
                make_inputs(job, folder)
                results.append(report(job, base, *measure(arguments_, job, folder)))
    if arguments_.output:
        arguments_.output.write_text(json.dumps(results, indent=1) + "\n")
    sys.exit(1 if any(result["missed"] for result in results) else 0)


if __name__ == "__main__":
    main()

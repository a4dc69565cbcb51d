"""The parent's end of the workers.

Only one runs at a time, the others are stopped by signal: a pool of threads which spins for work
may do so while its own peer is timed, and never beside another.
"""

import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import sys

import environment
import layers

WORKER = pathlib.Path(__file__).resolve().parent / "worker.py"


class Worker:
    def __init__(self, name, threads, cpus):
        self.name, self.start = name, (threads, cpus)
        self._launch()

    def _launch(self):
        threads, cpus = self.start
        self.process = subprocess.Popen(
            [sys.executable, str(WORKER), self.name, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment.of_worker(threads),
            preexec_fn=lambda: os.sched_setaffinity(0, cpus),
        )
        self.failure = self._answer().get("error")

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            return {"error": f"the process ended with {self.process.wait()}"}
        os.kill(self.process.pid, signal.SIGSTOP)
        return json.loads(line)

    def ask(self, **command):
        """The worker's answer; {"error": ...} where it failed. One that died is started again."""
        if self.process.poll() is not None:
            self._launch()
        if self.failure:
            return {"error": self.failure}
        os.kill(self.process.pid, signal.SIGCONT)
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def prepare(self, layer, x, w):
        return self.ask(do="prepare", layer=dataclasses.asdict(layer), x=str(x), w=str(w))

    def result(self, y):
        return self.ask(do="result", y=str(y))

    def time(self, seconds):
        return self.ask(do="time", seconds=seconds)

    def close(self):
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGCONT)
            self.process.stdin.close()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Tconv:
    """The binary, as a worker: a process a call."""

    name = "tconv"
    failure = None

    def __init__(self, binary, threads, cpus, math, folder):
        self.binary, self.cpus = binary, cpus
        self.flags = ["--threads", str(threads), "--math", math]
        self.csv = folder / "layer.csv"

    def _call(self, *arguments):
        done = subprocess.run(
            [self.binary, *arguments, *self.flags],
            capture_output=True,
            text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, self.cpus),
        )
        if done.returncode != 0:
            return None, {"error": done.stderr.strip()}
        return done.stdout, None

    def prepare(self, layer, x, w):
        layers.write(self.csv, [layer])
        self.layer, self.x, self.w = layer, x, w
        self.dtype = "float64" if "float64" in x.name else "float32"
        return {"note": ""}

    def result(self, y):
        arguments = [
            "run",
            self.layer.spec,
            "-x",
            str(self.x),
            "-w",
            str(self.w),
            "-o",
            str(y),
            "--quiet",
        ]
        return self._call(*arguments)[1] or {}

    def bench(self, *arguments):
        text, error = self._call("bench", "--layers", str(self.csv), "--json", *arguments)
        return error or json.loads(text)

    def time(self, seconds):
        answer = self.bench("--min-time", str(seconds), "--no-limits", "--dtype", self.dtype)
        if "error" in answer:
            return answer
        row = answer["measurements"][0]
        return {"ms": row["ms"]["median"], "runs": row["runs"], "note": row["algorithm"]}

    def limits(self, layer, dtype):
        """What `tconv bench` says this machine can do."""
        layers.write(self.csv, [layer])
        return self.bench("--min-time", "0", "--dtype", dtype).get("machine")

    def close(self):
        pass

"""A process that holds one peer: reads commands and answers them, a JSON object a line.

{"do": "prepare", "layer": {...}, "x": FILE, "w": FILE}   {"note": which implementation}
{"do": "result", "y": FILE}                               {}
{"do": "time", "seconds": S}                              {"ms": median, "runs": N}
A command that fails answers {"error": ...}.
"""

import importlib
import json
import os
import statistics
import sys
import time

import numpy as np
from layers import Layer

PEERS = {
    "pytorch": ("peer_pytorch", "Eager"),
    "pytorch-packed": ("peer_pytorch", "Packed"),
    "onnxruntime": ("peer_onnxruntime", "OnnxRuntime"),
    "openvino": ("peer_openvino", "OpenVino"),
    "tensorflow": ("peer_tensorflow", "TensorFlow"),
    "onednn": ("peer_onednn", "OneDnn"),
}
LEAST_RUNS, FEWEST_RUNS, PATIENCE = 15, 3, 10.0  # as tconv bench has them
WARM_UP = 0.2  # of the seconds asked for, and one run at least


def _time(run, seconds):
    end = time.perf_counter() + WARM_UP * seconds
    run()
    while time.perf_counter() < end:
        run()
    times = []
    start = before = time.perf_counter()
    while True:
        run()
        after = time.perf_counter()
        times.append(after - before)
        before = after
        passed = after - start
        if passed >= seconds and len(times) >= LEAST_RUNS:
            break
        if passed >= max(PATIENCE, seconds) and len(times) >= FEWEST_RUNS:
            break
    return {"ms": 1e3 * statistics.median(times), "runs": len(times)}


def _answer(peer, command):
    if command["do"] == "prepare":
        fields = {k: tuple(v) if isinstance(v, list) else v for k, v in command["layer"].items()}
        x, w = np.load(command["x"]), np.load(command["w"])
        note = peer.prepare(Layer(**fields), x, w)
        peer.run()
        return {"note": note}
    if command["do"] == "result":
        np.save(command["y"], np.ascontiguousarray(peer.result()))
        return {}
    return _time(peer.run, command["seconds"])


def main():
    name, threads = sys.argv[1], int(sys.argv[2])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is not an answer
    module, kind = PEERS[name]
    try:
        peer = getattr(importlib.import_module(module), kind)(threads)
        answer = {}
    except Exception as error:  # a library that is not there, or does not start
        peer, answer = None, {"error": f"{type(error).__name__}: {error}"}
    while True:
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
        line = sys.stdin.readline()
        if not line:
            return
        try:
            answer = _answer(peer, json.loads(line))
        except Exception as error:  # refusals come as many kinds
            answer = {"error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    main()

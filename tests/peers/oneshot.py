#!/usr/bin/env python3
"""Times whole processes that compute one layer, from exec to exit: tconv beside the peers.

tests/peers/oneshot.py
tests/peers/oneshot.py --rounds 10 --folder /dev/shm

Every contestant reads its tensors and writes its result; they take turns in one run, and their
values are compared. The page cache is warm. The C++ program on oneDNN needs libdnnl-dev.
"""

import argparse
import math
import pathlib
import statistics
import subprocess
import sys
import tempfile

import environment

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
SLACK_MIB = 16  # beside input, weights and output

PYTORCH = """
import numpy as np, sys, torch
x, w = (torch.from_numpy(np.load(p)) for p in sys.argv[1:3])
with torch.no_grad():
    y = torch.nn.functional.{function}(x, w, stride={stride}, padding={pad})
np.save(sys.argv[3], y.numpy())
"""

ONNXRUNTIME = """
import numpy as np, onnxruntime, sys
session = onnxruntime.InferenceSession(sys.argv[2], providers=["CPUExecutionProvider"])
np.save(sys.argv[3], session.run(None, {"x": np.load(sys.argv[1])})[0])
"""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tconv", type=pathlib.Path, default=ROOT / "build" / "release" / "tconv")
    parser.add_argument("--venv", type=pathlib.Path, default=environment.default_path())
    parser.add_argument("--rounds", type=int, default=30, help="turns of each; the median counts")
    parser.add_argument("--folder", help="where tensors lie (the system's temporary folder)")
    parser.add_argument("--filter", default="", help="only rows with this in their name")
    parsed = parser.parse_args()
    if not parsed.tconv.exists():
        parser.error(f"{parsed.tconv} is not there: build it, or say --tconv")
    if parsed.rounds < 1:
        parser.error(f"--rounds {parsed.rounds} must be at least 1")
    return parsed


def rows():
    """The layers, smallest first: a name and a layers.Layer."""
    import layers

    def square(name, ci, co, extent, kernel, stride, pad):
        both = {"input": extent, "kernel": kernel, "stride": stride, "pad": pad}
        fields = {field: (value, value) for field, value in both.items()}
        return layers.Layer(
            name=name, kind="transposed", dims=2, n=1, ci=ci, co=co, groups=1,
            dilation=(1, 1), output_padding=(0, 0), **fields,
        )  # fmt: skip

    largest = max(layers.read(layers.FILES[:1]), key=lambda layer: layer.gflop)
    return [
        square("notebook-2x2", 1, 1, 2, 2, 3, 0),
        square("dcgan-512-256", 512, 256, 8, 4, 2, 1),
        largest,
    ]


def build(folder, name, *libraries):
    """A C++ program of this folder; None where a library it needs is not installed."""
    program = folder / name
    command = ["c++", "-O2", "-std=c++20", HERE / f"{name}.cpp", *libraries, "-o", program]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode == 0:
        return program
    print(f"# {name} is left out: {done.stderr.splitlines()[0]}", file=sys.stderr)
    return None


def commands(options, layer, folder, onednn):
    """What each contestant is called with; the last argument but options is its result."""
    from onnx_model import model_of

    import numpy as np

    random = np.random.default_rng(1)
    x = random.standard_normal(layer.x_shape, dtype=np.float32)
    w = random.standard_normal(layer.w_shape, dtype=np.float32)
    paths = {name: folder / f"{name}.npy" for name in ("x", "w")}
    np.save(paths["x"], x)
    np.save(paths["w"], w)
    model = folder / "layer.onnx"
    model.write_bytes(model_of(layer, w))
    function = f"conv{'_transpose' if layer.transposed else ''}{layer.dims}d"
    script = folder / "script_pytorch.py"
    script.write_text(PYTORCH.format(function=function, stride=layer.stride, pad=layer.pad))
    other = folder / "script_onnxruntime.py"
    other.write_text(ONNXRUNTIME)

    def y(name):
        return folder / f"y_{name}.npy"

    made = {
        "tconv": [options.tconv, "run", layer.spec, "-x", paths["x"], "-w", paths["w"],
                  "-o", y("tconv"), "--quiet"],
        "pytorch": [sys.executable, script, paths["x"], paths["w"], y("pytorch")],
        "onnxruntime": [sys.executable, other, paths["x"], model, y("onnxruntime")],
    }  # fmt: skip
    if onednn:
        kind = "deconvolution" if layer.transposed else "convolution"
        made["onednn"] = [onednn, kind, paths["x"], paths["w"], y("onednn"),
                          layer.stride[0], layer.pad[0]]  # fmt: skip
    return {name: ([str(word) for word in command], y(name)) for name, command in made.items()}


def call(timer, command):
    """Milliseconds from exec to exit, and the child's peak resident MiB."""
    done = subprocess.run([timer, *command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"oneshot: {' '.join(command)} failed: {done.stderr.strip()}")
    milliseconds, mib = done.stdout.split()[-2:]
    return float(milliseconds), float(mib)


def compare(layer, results):
    """Whether everyone's values are tconv's, up to the rounding of their sums."""
    import numpy as np

    own = np.load(results["tconv"])
    bound = 8 * layer.terms * float(np.finfo(np.float32).eps)
    for name, path in results.items():
        values = np.load(path)
        if values.shape != own.shape:
            sys.exit(f"oneshot: {layer.name}: {name} has shape {values.shape}, not {own.shape}")
        apart = float(np.max(np.abs(values - own)))
        if not apart <= bound:
            sys.exit(f"oneshot: {layer.name}: {name} is {apart:.3g} apart, {bound:.3g} is allowed")


def mebibytes(layer):
    """Of input, weights and output."""
    return [4 * math.prod(s) / 2**20 for s in (layer.x_shape, layer.w_shape, layer.y_shape)]


def main():
    options = arguments()
    options.tconv = options.tconv.absolute()
    environment.enter(options.venv)
    with tempfile.TemporaryDirectory(prefix="tconv-oneshot-", dir=options.folder) as name:
        folder = pathlib.Path(name)
        timer = build(folder, "oneshot_timer")
        if timer is None:
            sys.exit("oneshot: there is no C++ compiler")
        onednn = build(folder, "oneshot_onednn", "-ldnnl")
        print(f"{'layer':<22} {'process':<12} {'ms':>9} {'of tconv':>9} {'MiB':>7}")
        for layer in (row for row in rows() if options.filter in row.name):
            contestants = commands(options, layer, folder, onednn)
            for command, _ in contestants.values():
                call(timer, command)  # files and libraries into the page cache
            compare(layer, {name: path for name, (_, path) in contestants.items()})
            times = {name: [] for name in contestants}
            peaks = {name: 0.0 for name in contestants}
            for _ in range(options.rounds):
                for name, (command, _) in contestants.items():
                    milliseconds, mib = call(timer, command)
                    times[name].append(milliseconds)
                    peaks[name] = max(peaks[name], mib)
            own = statistics.median(times["tconv"])
            for name, values in times.items():
                median = statistics.median(values)
                print(
                    f"{layer.name:<22} {name:<12} {median:9.2f} {median / own:9.1f} "
                    f"{peaks[name]:7.1f}",
                    flush=True,
                )
            x, w, y = mebibytes(layer)
            print(
                f"{layer.name:<22} input {x:.1f} + weights {w:.1f} + {SLACK_MIB} = "
                f"{x + w + SLACK_MIB:.1f} MiB without the output's {y:.1f}"
            )


if __name__ == "__main__":
    main()

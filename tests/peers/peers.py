#!/usr/bin/env python3
"""Times tconv and other convolution libraries in turns, layer by layer, and checks that they agree.

tests/peers/peers.py --threads 1
tests/peers/peers.py --threads all --kind transposed --filter dcgan --rounds 5 --output out.json
"""

import argparse
import os
import pathlib
import statistics
import sys
import tempfile

import environment

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS = ("onednn", "pytorch", "pytorch-packed", "onnxruntime", "openvino", "tensorflow")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tconv", type=pathlib.Path, default=ROOT / "build" / "release" / "tconv")
    parser.add_argument(
        "--venv",
        type=pathlib.Path,
        default=environment.default_path(),
        help="where the peers are, or go",
    )
    parser.add_argument(
        "--layers",
        type=pathlib.Path,
        action="append",
        help="CSV file; may be given again (both sets)",
    )
    parser.add_argument("--kind", choices=("forward", "transposed"), help="only these layers")
    parser.add_argument("--filter", default="", help="only layers with this in their name")
    parser.add_argument("--peers", default=",".join(PEERS), help="which, separated by commas")
    parser.add_argument("--dtype", choices=("float32", "float64"), default="float32")
    parser.add_argument("--threads", default="1", help="a number, or all")
    parser.add_argument(
        "--math", choices=("exact", "fast"), default="exact", help="what tconv may do"
    )
    parser.add_argument(
        "--rounds", type=int, default=3, help="turns a layer; every other one backwards"
    )
    parser.add_argument("--seconds", type=float, default=0.5, help="a turn at least, and 15 runs")
    parser.add_argument(
        "--output",
        type=pathlib.Path,
        action="append",
        default=[],
        help=".csv or .json; may be given again",
    )
    parsed = parser.parse_args()
    unknown = set(parsed.peers.split(",")) - set(PEERS)
    if unknown:
        parser.error(
            f"--peers: there is no {', '.join(sorted(unknown))}; there are {', '.join(PEERS)}"
        )
    if not parsed.tconv.exists():
        parser.error(f"{parsed.tconv} is not there: build it, or say --tconv")
    if parsed.threads != "all" and not (parsed.threads.isdigit() and int(parsed.threads) > 0):
        parser.error(f"--threads {parsed.threads} must be a number of at least 1, or all")
    if parsed.rounds < 1:
        parser.error(f"--rounds {parsed.rounds} must be at least 1")
    return parsed


def check(contestants, folder, layer, x, w):
    """Prepares all and compares their values with tconv's; says what is wrong with whom."""
    import numpy as np

    results, own = {}, None
    scale = float(np.sqrt(np.mean(x**2)) * np.sqrt(np.mean(w**2)))
    # Sums of n products differ, where rounding is random, by some sqrt(n) roundings of a value of
    # sqrt(n) * scale; eight times that leaves room for Winograd and none for a wrong tap.
    bound = 8 * layer.terms * scale * float(np.finfo(x.dtype).eps)
    for each in contestants:
        y = folder / f"{each.name}.npy"
        answer = each.prepare(layer, folder / f"x_{x.dtype}.npy", folder / f"w_{x.dtype}.npy")
        answer = {**answer, **each.result(y)} if "error" not in answer else answer
        if "error" not in answer:
            values = np.load(y)
            y.unlink()
            if each.name == "tconv":
                own = values
            elif own is not None and values.shape != own.shape:
                answer = {"error": f"shape {values.shape}, tconv has {own.shape}", "wrong": True}
            elif own is not None:
                apart = float(np.max(np.abs(values - own), initial=0))
                answer["apart"] = apart
                if not apart <= bound:
                    answer.update(error=f"{apart:.3g} apart, {bound:.3g} is allowed", wrong=True)
        results[each.name] = answer
    return results


def take_turns(contestants, results, rounds, seconds):
    """Everyone once a round, every other round backwards; the median of the rounds counts."""
    able = [each for each in contestants if "error" not in results[each.name]]
    for turn in range(rounds):
        for each in able if turn % 2 == 0 else reversed(able):
            answer = each.time(seconds)
            result = results[each.name]
            if "error" in answer:
                result["error"] = answer["error"]
                continue
            result.setdefault("rounds", []).append(answer["ms"])
            if answer.get("note"):
                result["note"] = answer["note"]
    for result in results.values():
        if result.get("rounds") and "error" not in result:
            result["ms"] = statistics.median(result["rounds"])


def main():
    options = arguments()
    environment.enter(options.venv)
    import layers
    import numpy as np
    import report
    from processes import Tconv, Worker

    cpus = sorted(os.sched_getaffinity(0))
    threads = len(cpus) if options.threads == "all" else int(options.threads)
    chosen = [
        layer
        for layer in layers.read(options.layers or layers.FILES)
        if options.kind in (None, layer.kind) and options.filter in layer.name
    ]
    if not chosen:
        sys.exit("peers: no layer fits --kind and --filter")
    cpus = cpus[-threads:]  # the first ones serve interrupts
    measured = []
    with tempfile.TemporaryDirectory(prefix="tconv-peers-") as name:
        folder = pathlib.Path(name)
        tconv = Tconv(options.tconv, threads, cpus, options.math, folder)
        contestants = [tconv]
        try:
            contestants += [Worker(peer, threads, cpus) for peer in options.peers.split(",")]
            for each in contestants:
                if each.failure:
                    print(f"# {each.name} does not start: {each.failure}", file=sys.stderr)
            limits = tconv.limits(chosen[0], options.dtype)
            names = [each.name for each in contestants]
            print(report.heading(names, limits, threads, options.dtype), flush=True)
            for layer in chosen:
                random = np.random.default_rng(1)
                x = random.standard_normal(layer.x_shape).astype(options.dtype)
                w = random.standard_normal(layer.w_shape).astype(options.dtype)
                np.save(folder / f"x_{options.dtype}.npy", x)
                np.save(folder / f"w_{options.dtype}.npy", w)
                results = check(contestants, folder, layer, x, w)
                take_turns(contestants, results, options.rounds, options.seconds)
                measured.append((layer, results))
                print(report.row(layer, names, results), flush=True)
        finally:
            for each in contestants:
                each.close()
    print(report.means(measured, options.dtype))
    packages = report.versions((environment.HERE / "requirements.txt").read_text().split())
    print("\n# " + ", ".join(f"{package} {version}" for package, version in packages.items()))
    for path in options.output:
        report.save(path, measured, options.dtype, threads, limits, packages)
    wrong = [
        f"{layer.name}: {peer}: {r['error']}"
        for layer, rs in measured
        for peer, r in rs.items()
        if r.get("wrong")
    ]
    for line in wrong:
        print(f"# values differ: {line}", file=sys.stderr)
    failed = [layer.name for layer, results in measured if "error" in results["tconv"]]
    for name in failed:
        print(f"# tconv failed: {name}", file=sys.stderr)
    sys.exit(1 if wrong or failed else 0)


if __name__ == "__main__":
    main()

"""Ratios, means and tables of what was measured."""

import csv
import importlib.metadata
import json
import math
import statistics

FIELDS = (
    "layer",
    "kind",
    "family",
    "dtype",
    "threads",
    "peer",
    "ms",
    "gflops",
    "peak_share",
    "rounds_ms",
    "note",
    "error",
)


def geometric_mean(values):
    return math.exp(statistics.fmean(math.log(v) for v in values)) if values else None


def best_peer(results):
    """The fastest peer whose values are right, and its milliseconds."""
    times = {name: r["ms"] for name, r in results.items() if name != "tconv" and r.get("ms")}
    if not times:
        return None, None
    name = min(times, key=times.get)
    return name, times[name]


def ratio(results):
    """How many times as fast as the best peer tconv is; None where one of the two has no time."""
    _, best = best_peer(results)
    own = results["tconv"].get("ms")
    return best / own if best and own else None


def heading(names, limits, threads, dtype):
    text = f"{threads} thread{'s' if threads != 1 else ''}, {dtype}, channels-first, milliseconds"
    if limits:
        text += f"; {limits['fma_gflops']:.1f} GFLOP/s of multiply-adds"
        text += f", {limits['memory_gbytes']:.1f} GB/s read from memory"
    columns = "".join(f"{name[:14]:>15}" for name in names)
    return f"# {text}\n{'layer':<32}{columns}  {'best peer':<15}{'ratio':>6}"


def row(layer, names, results):
    def cell(result):
        if result.get("ms"):
            return f"{result['ms']:>15.4f}"
        return f"{'wrong' if result.get('wrong') else '-':>15}"

    name, _ = best_peer(results)
    times = ratio(results)
    cells = "".join(cell(results[n]) for n in names)
    return f"{layer.name:<32}{cells}  {name or '-':<15}{f'{times:.2f}' if times else '-':>6}"


def means(measured, dtype):
    """A line a class and direction, and one for all: the geometric mean of the ratios."""
    classes = {}
    for layer, results in measured:
        times = ratio(results)
        if times:
            family = layer.family if dtype == "float32" else f"{dtype} {layer.family}"
            for key in ((layer.kind, family), (layer.kind, "all")):
                classes.setdefault(key, []).append(times)
    lines = [
        "",
        "tconv against the best peer, geometric mean of the ratios (above 1: tconv is faster)",
    ]
    for (kind, family), ratios in sorted(classes.items()):
        lines.append(
            f"{kind:<11} {family:<22} {len(ratios):>3} layers {geometric_mean(ratios):>7.2f}"
        )
    return "\n".join(lines)


def versions(requirements):
    found = {}
    for package in requirements:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = None
    return found


def _flat(measured, dtype, threads, limits):
    for layer, results in measured:
        for peer, result in results.items():
            rate = layer.gflop / result["ms"] * 1e3 if result.get("ms") else None
            yield {
                "layer": layer.name,
                "kind": layer.kind,
                "family": layer.family,
                "dtype": dtype,
                "threads": threads,
                "peer": peer,
                "ms": result.get("ms"),
                "gflops": rate,
                "peak_share": rate / limits["fma_gflops"] if rate and limits else None,
                "rounds_ms": result.get("rounds", []),
                "note": result.get("note", ""),
                "error": result.get("error", ""),
            }


def save(path, measured, dtype, threads, limits, packages):
    """CSV or JSON, by the file's name."""
    rows = list(_flat(measured, dtype, threads, limits))
    with open(path, "w", newline="") as file:
        if path.suffix == ".json":
            json.dump({"machine": limits, "versions": packages, "rows": rows}, file, indent=1)
            return
        table = csv.DictWriter(file, FIELDS)
        table.writeheader()
        for each in rows:
            table.writerow({**each, "rounds_ms": " ".join(f"{ms:.6g}" for ms in each["rounds_ms"])})

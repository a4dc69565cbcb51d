#!/usr/bin/env python3
"""Reads the kernels' machine code: what a compiler may spoil without any test noticing.

    tests/kernels/lint.py BUILD_FOLDER

In the innermost loops of each run_tile or run_rows of the files below, for AVX3 and AVX2, in an
optimised build, there must be
  - no spills: no vector stored to or loaded from the stack;
  - no folded loads: no multiply-add with a whole vector in memory as its operand. It reads memory
    once for every use, where one load would serve several. A broadcast ({1to16}) is meant so.
Needs objdump. Exits with 1 where it found something that KNOWN does not name.
"""
import re
import subprocess
import sys
from pathlib import Path

from loops import inner_loops

FILES = (
    "channel_tile.cpp", "depthwise_rows.cpp", "panel_tile.cpp", "pixel_rows_f32.cpp", "pixel_rows_f64.cpp",
    "pixel_tile_f32.cpp", "pixel_tile_f64.cpp",
    "winograd_product.cpp")
TARGETS = ("AVX3", "AVX2")

# (beginning of the file's name, target, expression for the template arguments): why it is left as it is. AVX2 has sixteen
# vector registers and keeps masks in them, too.
KNOWN = {
    ("channel_tile", "AVX2", r"\w+, 6, 2, true, .*"):
        "depthwise: 12 sums, 2 vectors of weights, 1 of inputs and the masks are more than 16; "
        "one sum goes through the stack",
    ("pixel_rows", "AVX2", r"\w+, \d+ul, 1, (1, [34]|3, 2), (All|Some)"):
        "12 sums, their inputs, a weight and masks are more than 16; yet 1.1 to 1.6 times as fast "
        "as the loops of pixel_tile",
    ("pixel_tile", "AVX2", r"\w+, [23], 4, (Plain|All), \d"):
        "12 sums, 4 vectors of inputs and a weight are 17; one sum goes through the stack, and with "
        "8 sums GCC 12 still moves one",
    ("pixel_tile", "AVX2", r"\w+, (12, 1|[456], 2|[34], 3|[23], 4), Some, \d"):
        "masks and blended sums beside 12 sums; only tiles at the end of a row",
    ("pixel_tile", "AVX2", r"\w+, 4, 2, Strided, \d"):
        "masks and pairs of loads beside 8 sums",
}
LANES = ("Plain", "All", "Some", "Readable", "Strided")  # of pixel_step-inl.hpp, in the order of its enum

FUNCTION = re.compile(r"^[0-9a-f]+ <(.*)>:$")
INSTRUCTION = re.compile(r"^ *([0-9a-f]+):\s+(\S+) *(.*)$")
RUN_TILE = re.compile(r"N_(\w+)::.*run_(?:tile|rows)<([^>]*)>")
STACK_VECTOR = re.compile(r"%[xyz]mm\d+.*\(%r[sb]p|\(%r[sb]p[^)]*\).*%[xyz]mm")
FMA = re.compile(r"^vfn?m(add|sub)\d+p[sd]$")


def functions(object_file):
    """Yields (target, template arguments, [(address, mnemonic, operands)]) of each run_tile."""
    listing = subprocess.run(
        ["objdump", "-d", "-C", "--no-show-raw-insn", object_file],
        check=True, capture_output=True, text=True).stdout
    code = None
    for line in listing.splitlines():
        if named := FUNCTION.match(line):
            tile = RUN_TILE.search(named[1])
            code = [] if tile and "lambda" not in named[1] else None
            if code is not None:
                lanes = re.sub(r"\(.*Lanes\)(\d)", lambda n: LANES[int(n[1])], tile[2])
                yield tile[1], lanes, code
        elif code is not None and (found := INSTRUCTION.match(line)):
            code.append((int(found[1], 16), found[2], found[3].split(" #")[0]))


def faults(code):
    bodies = list(inner_loops(code, FMA.match))
    if not bodies:
        yield "no loop of multiply-adds"
    for body in bodies:
        for address, mnemonic, operands in body:
            text = f"{address:x}: {mnemonic} {operands}"
            vector = re.search(r"%[xyz]mm", operands)
            if vector and STACK_VECTOR.search(operands) and not FMA.match(mnemonic):
                yield f"spill   {text}"
            elif FMA.match(mnemonic) and "(" in operands and "{1to" not in operands:
                yield f"folded  {text}"


def main(build):
    failed = seen = 0
    excused = dict.fromkeys(KNOWN, 0)
    for name in FILES:
        found = list(Path(build).glob(f"CMakeFiles/*.dir/src/kernels/{name}.o"))
        if len(found) != 1:
            sys.exit(f"lint: {build} has no object file of {name}")
        for target, arguments, code in list(functions(found[0])):
            if target not in TARGETS:
                continue
            seen += 1
            wrong = list(faults(code))
            if not wrong:
                continue
            known = [key for key in KNOWN
                     if name.startswith(key[0]) and key[1] == target and re.fullmatch(key[2], arguments)]
            if known:
                excused[known[0]] += 1
                continue
            failed += 1
            print(f"{name} {target} run_tile<{arguments}>: {len(wrong)} in the inner loops")
            for line in wrong[:4]:
                print(f"    {line}")
    for (name, target, pattern), count in excused.items():
        if count == 0:
            print(f"{name} {target} {pattern}: needs no excuse any more")
    print(f"lint: {seen} tiles read, {sum(excused.values())} excused, {failed} at fault")
    if seen == 0:
        sys.exit("lint: no run_tile found")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))

"""Finds the loops in the machine code of a function: [(address, mnemonic, operands)] as objdump
tells them."""
import re
from collections import Counter

JUMP = re.compile(r"^([0-9a-f]+) <")
PADDING = re.compile(r"^(data16 |cs )*(nop|xchg +%ax,%ax)")


def cycles(nodes, after):
    """The sets of two or more of these nodes that reach each other along `after`
    (https://en.wikipedia.org/wiki/Kosaraju%27s_algorithm)."""
    before = {n: [] for n in nodes}
    for n in nodes:
        for m in after[n]:
            if m in before:
                before[m].append(n)
    order, seen = [], set()
    for root in nodes:
        path = [] if root in seen else [(root, iter(after[root]))]
        seen.add(root)
        while path:
            m = next((m for m in path[-1][1] if m in before and m not in seen), None)
            if m is None:
                order.append(path.pop()[0])
            else:
                seen.add(m)
                path.append((m, iter(after[m])))
    taken = set()
    for root in reversed(order):
        found, ahead = set(), [root]
        while ahead:
            if (n := ahead.pop()) not in taken:
                taken.add(n)
                found.add(n)
                ahead += before[n]
        if len(found) > 1:
            yield found


def inner_loops(code, wanted):
    """The instructions of each loop with a mnemonic that is wanted and no such loop in it. The order
    of addresses tells little of loops: compilers enter them in the middle, and move seldom branches
    behind the function's end."""
    at = {address: i for i, (address, _, _) in enumerate(code)}
    after = {i: [] for i in range(len(code))}
    for i, (_, mnemonic, operands) in enumerate(code):
        jump = JUMP.match(operands) if mnemonic.startswith("j") else None
        if jump and int(jump[1], 16) in at:
            after[i].append(at[int(jump[1], 16)])
        if i + 1 < len(code) and mnemonic not in ("jmp", "ret", "ud2"):
            after[i].append(i + 1)
    # A table's jump may lead to whatever nothing else leads to, but for the padding between.
    ways = Counter(m for n in after for m in after[n])
    listed = []
    for i, (_, mnemonic, operands) in enumerate(code):
        if ways[i] == 0 and PADDING.match(f"{mnemonic} {operands}"):
            ways.subtract(after[i])
            after[i] = []
        elif ways[i] == 0:
            listed.append(i)
    for i, (_, mnemonic, operands) in enumerate(code):
        if mnemonic == "jmp" and operands.startswith("*"):
            after[i] += listed

    def loops(nodes):
        return [loop for loop in cycles(sorted(nodes), after)
                if any(wanted(code[n][1]) for n in loop)]

    ahead = loops(after)
    while ahead:
        loop = ahead.pop()
        # Without its head a loop falls apart into those that it holds.
        heads = [m for n in after if n not in loop for m in after[n] if m in loop] or loop
        if inner := loops(loop - {min(heads)}):
            ahead += inner
        else:
            yield [code[i] for i in sorted(loop)]

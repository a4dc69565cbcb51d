"""Systematic lax calls: every argument, one or two at a time, over small geometry."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations, product
from typing import Any

from jax_layers import LaxDraft, Letters, default_letters, lax_draft
from layers import Draft, Word

_AXES: dict[int, list[int]] = {1: [6], 2: [5, 4], 3: [3, 4, 3]}
_SHORT: dict[int, list[int]] = {1: [3], 2: [3, 2], 3: [2, 1, 2]}
_KERNELS: dict[int, list[int]] = {1: [3], 2: [2, 3], 3: [1, 2, 3]}


def _general(
    letters: Letters | None = None,
    lengths: list[int] | None = None,
    kernel: list[int] | None = None,
    channels: tuple[int, int] = (1, 1),
    batch: int = 1,
    name: str = "conv_general_dilated",
    **options: Any,
) -> LaxDraft:
    """A call of as many axes as `letters` (or else `lengths`) has."""
    given = letters or default_letters(name, len(lengths or [0]))
    rank = len(given[0]) - 2
    strides = "strides" if name == "conv_transpose" else "window_strides"
    arguments: dict[str, Any] = {strides: (1,) * rank, "padding": "VALID", **options}
    if letters is not None:
        arguments.setdefault("dimension_numbers", letters)
    short = _SHORT if name == "conv_transpose" else _AXES
    return lax_draft(
        name, given, lengths or short[rank], kernel or _KERNELS[rank], arguments, channels, batch
    )


def _transposed(**options: Any) -> LaxDraft:
    return _general(name="conv_transpose", **options)


def _forward() -> Iterator[Draft]:
    words = ("SAME", "SAME_LOWER", "VALID")
    for k, s, word, length in product((1, 2, 3, 4), (1, 2, 3), words, (5, 6)):
        yield _general(lengths=[length], kernel=[k], window_strides=(s,), padding=word)
    for word in ("same", "Same", "valid", "vALID", "same_lower", "Same_Lower"):
        yield _general(lengths=[5], kernel=[4], window_strides=(2,), padding=word)
    for k, d, padding in product((2, 3), (2, 3), (*words, [(1, 2)])):
        yield _general(lengths=[7], kernel=[k], rhs_dilation=(d,), padding=padding)
    for k, s, d, pads in product((1, 2, 3), (1, 2, 3), (1, 2, 3), ((0, 0), (2, 1), (-1, 2))):
        if d > 1 or pads != (0, 0):
            yield _general(
                lengths=[4], kernel=[k], window_strides=(s,), lhs_dilation=(d,), padding=[pads]
            )


def _negative_pads() -> Iterator[Draft]:
    """Crops of the dilated input, down to nothing, and below."""
    pads = ((-1, 0), (0, -2), (-2, 3), (3, -1), (-5, 0), (0, -5), (-6, 0), (-7, 9), (-3, -3))
    for k, pair in product((1, 3), pads):
        yield _general(lengths=[5], kernel=[k], padding=[pair])
    for pair in ((-2, -3), (-1, -4), (-6, 0), (4, -9), (-9, 0), (-10, 0)):
        yield _general(lengths=[5], kernel=[2], padding=(pair,), lhs_dilation=[2])
    yield _general(lengths=[4, 4], kernel=[2, 2], padding=[(-1, 0), (2, -2)], channels=(2, 2))
    yield _general(lengths=[3, 4], kernel=[2, 2], padding=[(-3, 0), (-4, 0)])
    yield _general(lengths=[3, 4], kernel=[2, 2], padding=[(1, 1), (-5, 0)])


def _empty() -> Iterator[Draft]:
    for length, k, s, word in product((1, 2), (3, 4), (1, 2), ("VALID", [(0, 0)])):
        yield _general(lengths=[length], kernel=[k], window_strides=(s,), padding=word)
    for padding in ("SAME", "VALID", [(2, 2)], [(0, 0)]):
        yield _general(lengths=[0], kernel=[3], padding=padding, channels=(2, 2))
        yield _general(lengths=[5], kernel=[3], padding=padding, channels=(2, 2), batch=0)
        yield _transposed(lengths=[0], kernel=[3], strides=(2,), padding=padding)
        yield _transposed(lengths=[3], kernel=[3], strides=(2,), padding=padding, batch=0)
    yield _general(lengths=[0], kernel=[2], padding=[(2, 2)], lhs_dilation=(3,))
    yield _general(lengths=[1, 5], kernel=[2, 2])


def _dimension_numbers() -> Iterator[Draft]:
    for lhs in permutations("NCW"):
        yield _general(("".join(lhs), "WIO", "NWC"), channels=(2, 1), batch=2)
        yield _general(("NWC", "WIO", "".join(lhs)), channels=(1, 2), batch=2)
        rhs = "".join(lhs).replace("N", "O").replace("C", "I")
        yield _general(("NCW", rhs, "NWC"), channels=(2, 2), padding="SAME")
    two: tuple[Letters, ...] = (
        ("NHWC", "HWIO", "NHWC"), ("NCHW", "OIHW", "NCHW"), ("NCHW", "OIWH", "NCHW"),
        ("NHWC", "WHIO", "NWHC"), ("HWNC", "HWIO", "NHWC"), ("CWHN", "IWOH", "HCNW"),
        ("NCab", "OIba", "NabC"), ("N01C", "01IO", "NC01"), ("NxyC", "IyxO", "yxNC"),
        ("NCnc", "OInc", "NCcn"),
    )  # fmt: skip
    for letters in two:
        options: dict[str, Any] = {"channels": (2, 1), "window_strides": (1, 2)}
        yield _general(letters, **options, padding=[(1, 0), (0, 2)], rhs_dilation=(1, 2))
        yield _general(letters, channels=(2, 2), padding="SAME", dimension_numbers=list(letters))
        yield _transposed(letters=letters, strides=(2, 1), channels=(1, 2))
        yield _transposed(
            letters=letters, strides=(1, 2), transpose_kernel=True, channels=(2, 1), padding="SAME"
        )
    three: tuple[Letters, ...] = (
        ("NDHWC", "DHWIO", "NDHWC"), ("NCDHW", "OIDHW", "NCDHW"), ("NHWDC", "HWDIO", "NHWDC"),
        ("NTHWC", "HWTIO", "NCTHW"), ("WNHCD", "IDOHW", "HDCWN"),
    )  # fmt: skip
    for letters in three:
        yield _general(letters, window_strides=(1, 2, 1), padding="SAME")
        yield _transposed(letters=letters, strides=(1, 2, 1))
    for specs, letters in (
        ("(0, 3, 1, 2), rhs_spec=(3, 2, 0, 1), out_spec=(0, 3, 1, 2)", two[0]),
        ("(0, 1, 2, 3), rhs_spec=(0, 1, 2, 3), out_spec=(0, 1, 2, 3)", two[1]),
        ("(0, 3, 2, 1), rhs_spec=(3, 2, 0, 1), out_spec=(0, 3, 1, 2)", two[3]),
    ):
        for prefix in ("", "lax.", "jax.lax."):
            numbers = Word(f"{prefix}ConvDimensionNumbers(lhs_spec={specs})")
            yield _general(letters, dimension_numbers=numbers, padding="SAME", channels=(1, 2))
            yield _transposed(letters=letters, dimension_numbers=numbers, strides=(2, 1))


def _grouped() -> Iterator[Draft]:
    for rank, (channels, groups) in product((1, 2, 3), (((4, 2), 2), ((2, 4), 2), ((3, 6), 3))):
        options: dict[str, Any] = {"lengths": _SHORT[rank], "kernel": [2] * rank}
        yield _general(**options, channels=channels, feature_group_count=groups, padding="SAME")
    for letters in (("NHWC", "HWIO", "NHWC"), ("CHWN", "IHWO", "HWNC")):
        options = {"letters": letters, "kernel": [2, 2], "feature_group_count": 2}
        yield _general(**options, channels=(4, 4), window_strides=(2, 1))
        yield _general(**options, channels=(2, 2), lhs_dilation=(1, 2), padding=[(1, 1), (0, 1)])
    sizes = ((2, 2, 2), (4, 2, 2), (4, 4, 2), (6, 3, 3), (4, 8, 4), (3, 3, 3))
    for batch, outputs, groups in sizes:
        options = {"batch": batch, "batch_group_count": groups}
        yield _general(lengths=[4], channels=(1, outputs), **options)
        yield _general(("NWC", "WIO", "NWC"), channels=(2, outputs), padding="SAME", **options)
    options = {"batch": 4, "batch_group_count": 2, "channels": (2, 4), "kernel": [2, 2]}
    yield _general(("CHWN", "IHWO", "HWNC"), lengths=[3, 3], window_strides=(2, 1), **options)
    yield _general(lengths=[3, 3], lhs_dilation=(2, 1), padding=[(1, 1), (0, 0)], **options)


def _transposed_grid() -> Iterator[Draft]:
    grid = product((1, 2, 3, 4, 5), (1, 2, 3, 4), ("SAME", "VALID"), (False, True))
    for k, s, word, transpose in grid:
        options: dict[str, Any] = {"transpose_kernel": True} if transpose else {}
        yield _transposed(kernel=[k], lengths=[3], strides=(s,), padding=word, **options)
    for k, d, s, word in product((2, 3), (2, 3), (1, 2), ("SAME", "VALID")):
        yield _transposed(kernel=[k], lengths=[3], strides=(s,), padding=word, rhs_dilation=(d,))
    pairs = ((0, 0), (1, 1), (2, 0), (0, 3), (-1, 1))
    for k, s, pair, consistent in product((2, 3), (1, 2), pairs, (False, True)):
        options = {"use_consistent_padding": True} if consistent else {}
        yield _transposed(kernel=[k], lengths=[3], strides=(s,), padding=[pair], **options)
    for pair, consistent in product(((1, 1), (4, 0), (2, 3)), (False, True)):
        options = {"use_consistent_padding": consistent, "rhs_dilation": [2]}
        yield _transposed(kernel=[3], lengths=[3], strides=[2], padding=(pair,), **options)
    words = ("same", "valid", "Same", "SAME_LOWER", "same_lower", "Valid", "FULL")
    for word, s, consistent in product(words, (1, 2), (False, True)):
        options = {"use_consistent_padding": True} if consistent else {}
        yield _transposed(kernel=[4], lengths=[5], strides=(s,), padding=word, **options)
    for rank, word in product((2, 3), ("SAME", "VALID")):
        strides = (1, 2, 3)[-rank:]
        options = {"lengths": _SHORT[rank], "strides": strides, "padding": word}
        yield _transposed(**options, channels=(2, 1))
        yield _transposed(**options, channels=(1, 2), transpose_kernel=True)


def _wrappers() -> Iterator[Draft]:
    for rank, padding in product((1, 2, 3), ("SAME", "VALID", "same_lower")):
        strides = [2, 1, 2][:rank]
        yield _general(lengths=_AXES[rank], name="conv", padding=padding, window_strides=strides)
    for rank, pads in product((1, 2), ((1, 0), (-1, 2))):
        options: dict[str, Any] = {"lengths": _AXES[rank], "padding": [pads] * rank}
        yield _general(**options, name="conv", channels=(2, 2))
        options |= {"name": "conv_with_general_padding"}
        for left, right in product((None, (1, 2)[-rank:]), (None, (2, 1)[:rank])):
            yield _general(**options, lhs_dilation=left, rhs_dilation=right)
    options = {"lengths": [5], "name": "conv_with_general_padding", "padding": "SAME"}
    yield _general(**options, lhs_dilation=None, rhs_dilation=(2,))
    yield _general(**options, lhs_dilation=(2,), rhs_dilation=None)


def _refused() -> Iterator[Draft]:
    """Rules of semantics.md 2.4 (e) that the grids above do not reach."""
    values: tuple[Any, ...] = ((0,), (-1,), (1, 1), (), 2, (1.5,), None)
    for value in values:
        yield _general(lengths=[5], window_strides=value)
        yield _transposed(lengths=[3], strides=value)
        if value not in ((), None):
            yield _general(lengths=[5], rhs_dilation=value)
            yield _general(lengths=[5], lhs_dilation=value, padding=[(1, 1)])
            yield _transposed(lengths=[3], rhs_dilation=value)
    forms: tuple[Any, ...] = (1, (1,), (1, 1), [[1, 1, 1]], [[1]], [(1, 1), (1, 1)], [], None)
    for form in (*forms, "FULL", "SAME_UPPER", "CIRCULAR", ["SAME"]):
        yield _general(lengths=[5], padding=form)
        yield _transposed(lengths=[3], strides=(2,), padding=form)
    for word in ("SAME", "VALID", "SAME_LOWER"):
        yield _general(lengths=[5], lhs_dilation=(2,), padding=word)
        yield _general(lengths=[5], lhs_dilation=(1,), padding=word)
    yield _transposed(lengths=[3], padding=[[1, 1]], use_consistent_padding=True)
    yield _transposed(lengths=[3], padding=[[1, 1]])
    for numbers in (
        ("NCW", "OIW"), ("NCW", "OIW", "NCH"), ("NCC", "OIW", "NCW"), ("NCW", "OIN", "NCW"),
        ("ncw", "oiw", "ncw"), "NCW", ("NCHW", "OIHW", "NCHW"), ("NCW", "OIW", "NCWH"),
        ("NAW", "OIW", "NCW"), (0, 1, 2),
    ):  # fmt: skip
        yield _general(lengths=[5], dimension_numbers=numbers)
    for channels, options in (
        ((3, 2), {"feature_group_count": 2}), ((2, 3), {"feature_group_count": 2}),
        ((2, 2), {"feature_group_count": 0}), ((2, 2), {"feature_group_count": -1}),
        ((2, 3), {"batch_group_count": 2, "batch": 2}), ((2, 2), {"batch_group_count": 0}),
        ((2, 2), {"batch_group_count": 2, "batch": 3}), ((2, 2), {"batch_group_count": -2}),
        ((2, 2), {"batch_group_count": 2, "feature_group_count": 2, "batch": 2}),
    ):  # fmt: skip
        yield _general(lengths=[5], channels=channels, **options)
    yield _transposed(lengths=[3], channels=(2, 2), feature_group_count=2)
    yield _transposed(lengths=[3], lhs_dilation=(2,))
    yield _general(lengths=[5], transpose_kernel=True)
    yield _general(lengths=[5], name="conv", rhs_dilation=(2,))
    yield _general(lengths=[5], name="conv_with_general_padding", lhs_dilation=None)
    yield _general(lengths=[5], stride=1)
    for name in ("conv_general_dilated", "conv_transpose"):
        for argument in ("padding", "strides" if name == "conv_transpose" else "window_strides"):
            without = _general(lengths=[5], name=name)
            del without.arguments[argument]
            yield without
    flat = _general(lengths=[4, 5])
    flat.x = (5,)
    yield flat
    square = _general(lengths=[5])
    square.x = (1, 1, 5, 1)
    yield square
    other = _general(lengths=[5], channels=(2, 2))
    other.x = (1, 3, 5)
    yield other


def _by_hand() -> Iterator[Draft]:
    """Texts that no argument table writes, and positional orders worth pinning."""
    texts: tuple[tuple[str, str], ...] = (
        ("NCHW", "lax.conv_general_dilated(x, w, (2, 2), 'SAME')"),
        ("NCHW", "lax.conv_general_dilated(x, w, (1, 1), 'SAME', None, (2, 2))"),
        ("NCHW", "jax.lax.conv_general_dilated(\n    lhs=x,\n    rhs=w,\n    window_strides=(1, 1),"
                 "\n    padding=[(1, 1), (1, 1)],\n    lhs_dilation=(2, 2),\n)"),
        ("NHWC", "lax.conv_general_dilated(x, w, window_strides=(2, 2), padding='SAME', "
                 "lhs_dilation=None, rhs_dilation=(2, 2), dimension_numbers=('NHWC', 'HWIO', "
                 "'NHWC'), feature_group_count=1, batch_group_count=1)"),
        ("NHWC", "lax.conv_general_dilated(x, w, [1, 1], 'VALID', [1, 1], [1, 1], "
                 "('NHWC', 'HWIO', 'NHWC'), 1, 1, lax.Precision.HIGHEST, jnp.float32)"),
        ("NCHW", "lax.conv(x, w, (1, 1), 'VALID')"),
        ("NCHW", "lax.conv(x, w, (1, 1), padding='SAME', precision=None)"),
        ("NCHW", "lax.conv_with_general_padding(x, w, (2, 2), ((1, 0), (1, 0)), None, None)"),
        ("NHWC", "lax.conv_transpose(x, w, (2, 2), 'SAME')"),
        ("NHWC", "jax.lax.conv_transpose(lhs, rhs, (2, 2), [(1, 1), (1, 1)], "
                 "transpose_kernel=True)"),
        ("NHWC", "lax.conv_transpose(x, w, (2, 2), 'VALID', None, ('NHWC', 'HWIO', 'NHWC'), "
                 "True, None, None, False)"),
    )  # fmt: skip
    for layout, text in texts:
        name = text.split("(")[0].split(".")[-1]
        rhs = "OIHW" if layout == "NCHW" else "HWIO"
        draft = _general((layout, rhs, layout), [4, 4], [3, 3], name=name)
        draft.text = text
        yield draft


def _four(name: str, letters: Letters | None = None, **options: Any) -> LaxDraft:
    lengths, kernel = options.pop("lengths", [3, 2, 1, 2]), options.pop("kernel", [2, 1, 1, 2])
    strides = {"strides" if name == "conv_transpose" else "window_strides": (1,) * len(lengths)}
    channels = options.pop("channels", (1, 1))
    numbers = {} if letters is None else {"dimension_numbers": letters}
    arguments = {**strides, "padding": "VALID", **numbers, **options}
    given = letters or default_letters(name, len(lengths))
    return lax_draft(name, given, lengths, kernel, arguments, channels, options.get("n", 1))


def other_ranks() -> Iterator[Draft]:
    """No spatial axes, and four or more: the same rules, but for conv_transpose's layout."""
    none: dict[str, Any] = {"lengths": [], "kernel": []}
    functions = ("conv", "conv_general_dilated", "conv_transpose")
    for name, padding in product(functions, ("SAME", "VALID", "same_lower", (), [], "FULL")):
        yield _four(name, **none, channels=(2, 3), padding=padding)
    for name, value in product(functions, ((1,), 1, None)):
        strides = "strides" if name == "conv_transpose" else "window_strides"
        yield _four(name, **none, **{strides: value})
    for letters in (("NC", "IO", "CN"), ("CN", "OI", "NC"), ("NCW", "OIW", "NCW")):
        for name in functions[1:]:
            yield _four(name, ("NC", "OI", "NC"), **none, dimension_numbers=letters)
    for groups in ({"feature_group_count": 2}, {"feature_group_count": 3}):
        yield _four("conv_general_dilated", **none, channels=(2, 4), **groups)
    for transpose in (False, True):
        yield _four("conv_transpose", **none, channels=(2, 3), transpose_kernel=transpose)
    options: dict[str, Any]
    for options in (
        {"lhs_dilation": (), "rhs_dilation": ()}, {"lhs_dilation": (2,)}, {"rhs_dilation": (1,)},
        {"padding": [(0, 0)]}, {"padding": ((1, 1),)}, {"batch_group_count": 1},
    ):  # fmt: skip
        yield _four("conv_general_dilated", **none, **options)

    last: Letters = ("NabcdC", "abcdIO", "NabcdC")
    first: Letters = ("NCabcd", "OIabcd", "NCabcd")
    mixed: Letters = ("bNaCdc", "OcbIad", "dcCbaN")
    for letters, padding in product((last, first, mixed, None), ("SAME", "VALID", [(1, 0)] * 4)):
        yield _four("conv_general_dilated", letters, padding=padding, channels=(2, 1))
        yield _four("conv_transpose", letters, padding=padding, strides=(2, 1, 1, 2))
    for options in (
        {"window_strides": (2, 1, 3, 1)}, {"rhs_dilation": (2, 1, 1, 1)},
        {"lhs_dilation": (1, 2, 2, 1), "padding": [(0, 0), (1, 0), (0, 0), (0, -1)]},
        {"channels": (4, 2), "feature_group_count": 2}, {"padding": "same_lower"},
        {"window_strides": (1, 1, 1)}, {"window_strides": (1, 1, 1, 0)}, {"padding": [(0, 0)] * 3},
        {"padding": [(0, 0), (0, 0), (-1, -1), (0, 0)]}, {"padding": [(0, 0), (-3, 0)] * 2},
        {"lhs_dilation": (1, 2, 1, 1), "padding": "SAME"}, {"lengths": [1, 2, 1, 2]},
    ):  # fmt: skip
        yield _four("conv_general_dilated", **options)
    for options in (
        {"transpose_kernel": True, "channels": (1, 2)}, {"rhs_dilation": (1, 1, 1, 2)},
        {"padding": ((1, 0),) * 4, "use_consistent_padding": True}, {"padding": "same"},
    ):  # fmt: skip
        yield _four("conv_transpose", last, **options)
    yield _four("conv", channels=(2, 2), padding="SAME", window_strides=[2, 1, 1, 2])
    spec = "lhs_spec=(0, 1, 2, 3, 4, 5), rhs_spec=(0, 1, 2, 3, 4, 5), out_spec=(0, 5, 1, 2, 3, 4)"
    moved = _four("conv_general_dilated", ("NCabcd", "OIabcd", "NabcdC"), channels=(2, 2))
    moved.arguments["dimension_numbers"] = Word(f"lax.ConvDimensionNumbers({spec})")
    yield moved
    nine = ", ".join(f"{name}_spec=(0, 10, 1, 2, 3, 4, 5, 6, 7, 8, 9)" for name in ("lhs", "out"))
    long = _four("conv_general_dilated", ("NabcdefghiC", "OIabcdefghi", "NabcdefghiC"),
                 lengths=[1] * 8 + [3], kernel=[1] * 8 + [2], channels=(2, 2))
    long.arguments["dimension_numbers"] = Word(
        f"lax.ConvDimensionNumbers({nine}, rhs_spec=(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10))"
    )
    yield long
    yield _four("conv", lengths=[1] * 30 + [3, 2], kernel=[1] * 30 + [2, 2], padding="SAME")


def drafts() -> Iterator[Draft]:
    yield from _forward()
    yield from _negative_pads()
    yield from _empty()
    yield from _dimension_numbers()
    yield from _grouped()
    yield from _transposed_grid()
    yield from _wrappers()
    yield from _refused()
    yield from _by_hand()


def plain_drafts() -> Iterator[Draft]:
    """Calls without zeros around or between the values: a framework may multiply those."""
    yield _general(lengths=[6], kernel=[2])
    yield _general(("NHWC", "HWIO", "NHWC"), [5, 4], [2, 2], (2, 2), feature_group_count=2)
    yield _general(lengths=[6], kernel=[2], padding=[(-1, 0)])
    yield _transposed(lengths=[4], kernel=[1], strides=(1,))

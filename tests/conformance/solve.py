"""tconv solve against brute force: every layer of a small space, run through the framework itself.

For each framework, every layer text of the space is executed as Python, and the framework says what
it makes of every length up to --sizes: PyTorch on the meta device, Keras by compute_output_shape,
ONNX by ONNX Runtime, JAX and flax by jax.eval_shape, SciPy by computing. Then, for every pair of
lengths, the texts that `tconv solve --format layers` prints must be just those whose layer takes
one to the other: no other layer, none missing, and each one a line that the framework executes.
"""
import argparse
import itertools
import os
import subprocess
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

KERNELS, STRIDES, DILATIONS = range(1, 5), range(1, 4), range(1, 3)


def geometries():
    return itertools.product(KERNELS, STRIDES, DILATIONS)


def said(template, value, silent):
    return "" if value == silent else template.format(value)


def even_pads(k, d):
    return range((k - 1) * d + 1)


def pairs(k, d):
    pads = even_pads(k, d)
    return [(a, b) for a in pads for b in pads if abs(a - b) <= 1]


# Texts of every layer of the space.


def pytorch_texts():
    for k, s, d in geometries():
        head, stride, dilation = f"(1, 1, {k}", said(", stride={}", s, 1), said(", dilation={}", d, 1)
        for p in even_pads(k, d):
            padding = said(", padding={}", p, 0)
            yield f"nn.Conv1d{head}{stride}{padding}{dilation})"
            for op in range(max(s, d) + 1):
                extra = said(", output_padding={}", op, 0)
                yield f"nn.ConvTranspose1d{head}{stride}{padding}{extra}{dilation})"
        for word in ("same", "valid"):
            yield f"nn.Conv1d{head}{stride}, padding='{word}'{dilation})"


def keras_texts():
    for k, s, d in geometries():
        stride, dilation = said(", strides={}", s, 1), said(", dilation_rate={}", d, 1)
        for word in ("valid", "same", "causal"):
            yield f"keras.layers.Conv1D(1, {k}{stride}, padding='{word}'{dilation})"
        for word, op in itertools.product(("valid", "same"), [None, *range(max(s, d) + 1)]):
            extra = said(", output_padding={}", op, None)
            yield f"keras.layers.Conv1DTranspose(1, {k}{stride}, padding='{word}'{extra}{dilation})"


def onnx_texts(sizes):
    for k, s, d in geometries():
        stride, dilation = said(", strides=[{}]", s, 1), said(", dilations=[{}]", d, 1)

        def node(op, rest):
            return (f"onnx.helper.make_node('{op}', ['X', 'W'], ['Y'], kernel_shape=[{k}]{stride}"
                    f"{rest}{dilation})")

        paddings = ["" if pair == (0, 0) else f", pads=[{pair[0]}, {pair[1]}]" for pair in pairs(k, d)]
        paddings += [f", auto_pad='{word}'" for word in ("VALID", "SAME_UPPER", "SAME_LOWER")]
        for padding in paddings:
            yield node("Conv", padding)
            for op in range(max(s, d) + 1):
                yield node("ConvTranspose", padding + said(", output_padding=[{}]", op, 0))
        for padding, size in itertools.product(("", ", auto_pad='SAME_UPPER'"), range(1, sizes + 1)):
            yield node("ConvTranspose", f"{padding}, output_shape=[{size}]")


def jax_texts():
    for k, s, d in geometries():
        dilation = said(", rhs_dilation=({},)", d, 1)
        for function, strides, words in (
                ("conv_general_dilated", "window_strides", ("VALID", "SAME", "SAME_LOWER")),
                ("conv_transpose", "strides", ("VALID", "SAME"))):
            paddings = [f"(({a}, {b}),)" for a, b in pairs(k, d)] + [f"'{word}'" for word in words]
            for padding in paddings:
                yield (f"lax.{function}(x, w, {strides}=({s},), padding={padding}{dilation})"
                       f"  # kernel {k}")


def flax_texts():
    for k, s, d in geometries():
        head, stride = f"(features=1, kernel_size=({k},)", said(", strides=({},)", s, 1)
        dilation = said(", kernel_dilation=({},)", d, 1)
        numbers = [str(p) for p in even_pads(k, d)]
        numbers += [f"(({a}, {b}),)" for a, b in pairs(k, d) if a != b]
        for name, words in (("Conv", ("VALID", "SAME", "SAME_LOWER", "CIRCULAR", "REFLECT", "CAUSAL")),
                            ("ConvTranspose", ("VALID", "SAME", "CIRCULAR"))):
            for padding in numbers + [f"'{word}'" for word in words]:
                yield f"nn.{name}{head}{stride}, padding={padding}{dilation})"


def scipy_texts():
    for k, mode in itertools.product(KERNELS, ("same", "valid", "full")):
        yield f"signal.convolve(x, w, mode='{mode}')  # kernel {k}"


# A text to a function from length to length, or None where the framework refuses the layer.


def kernel_of(text):
    return int(text.rsplit(" ", 1)[1])


def pytorch_judge():
    import torch
    from torch import nn

    def judge(text):
        with torch.device("meta"):
            layer = eval(text, {"nn": nn})
            return lambda n: layer(torch.empty(1, 1, n)).shape[2]

    return judge


def keras_judge():
    import keras

    def judge(text):
        layer = eval(text, {"keras": keras})
        return lambda n: layer.compute_output_shape((1, n, 1))[1]

    return judge


def onnx_judge():
    import numpy
    import onnx
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    floats = onnx.TensorProto.FLOAT

    def judge(text):
        node = eval(text, {"onnx": onnx})
        kernel = next(a.ints[0] for a in node.attribute if a.name == "kernel_shape")
        weights = onnx.numpy_helper.from_array(numpy.ones((1, 1, kernel), numpy.float32), "W")
        graph = onnx.helper.make_graph(
            [node], "g", [onnx.helper.make_tensor_value_info("X", floats, [1, 1, "n"])],
            [onnx.helper.make_tensor_value_info("Y", floats, [1, 1, "m"])], [weights])
        model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 22)],
                                       ir_version=10)
        onnx.checker.check_model(model, full_check=True)
        session = onnxruntime.InferenceSession(model.SerializeToString(), options,
                                               providers=["CPUExecutionProvider"])
        return lambda n: session.run(None, {"X": numpy.ones((1, 1, n), numpy.float32)})[0].shape[2]

    return judge


def jax_judge():
    import jax
    from jax import lax

    def judge(text):
        transposed = "conv_transpose" in text
        k = kernel_of(text)
        w = jax.ShapeDtypeStruct((k, 1, 1) if transposed else (1, 1, k), "float32")
        call = eval(f"lambda x, w: {text}", {"lax": lax})

        def length(n):
            x = jax.ShapeDtypeStruct((1, n, 1) if transposed else (1, 1, n), "float32")
            return jax.eval_shape(call, x, w).shape[1 if transposed else 2]

        return length

    return judge


def flax_judge():
    import jax
    from flax import linen as nn

    def judge(text):
        layer = eval(text, {"nn": nn})
        key = jax.random.key(0)

        def length(n):
            x = jax.ShapeDtypeStruct((1, n, 1), "float32")
            return jax.eval_shape(lambda x: layer.init_with_output(key, x)[0], x).shape[1]

        return length

    return judge


def scipy_judge():
    import numpy
    from scipy import signal

    def judge(text):
        w = numpy.ones(kernel_of(text))
        return lambda n: eval(text, {"signal": signal, "x": numpy.ones(n), "w": w}).shape[0]

    return judge


FRAMEWORKS = {
    "pytorch": (pytorch_texts, pytorch_judge),
    "keras": (keras_texts, keras_judge),
    "onnx": (onnx_texts, onnx_judge),
    "jax": (jax_texts, jax_judge),
    "flax": (flax_texts, flax_judge),
    "scipy": (scipy_texts, scipy_judge),
}


def brute_force(name, sizes):
    """Layers by (from, to), and how many were tried and how many refused altogether."""
    texts, make_judge = FRAMEWORKS[name]
    judge = make_judge()
    layers, tried, refused = defaultdict(set), 0, 0
    for text in texts(sizes) if name == "onnx" else texts():
        tried += 1
        try:
            length = judge(text)
        except Exception:
            refused += 1
            continue
        for n in range(1, sizes + 1):
            try:
                m = length(n)
            except Exception:
                continue
            if 1 <= m <= sizes:
                layers[n, m].add(text)
    return layers, tried, refused


def ask(binary, name, pair):
    command = [binary, "solve", "--from", str(pair[0]), "--to", str(pair[1]), "--rank", "1",
               "--framework", name, "--limit", "0", "--format", "layers"]
    for flag, values in (("--kernel-size", KERNELS), ("--stride", STRIDES), ("--dilation", DILATIONS)):
        command += [flag, f"{values[0]}..{values[-1]}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 1:
        return set()
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    lines = done.stdout.splitlines()
    if len(lines) != len(set(lines)):
        sys.exit(f"{' '.join(command)}\nprints a layer twice")
    return set(lines)


def compare(binary, name, sizes):
    layers, tried, refused = brute_force(name, sizes)
    every_pair = list(itertools.product(range(1, sizes + 1), repeat=2))
    differences = 0
    with ThreadPoolExecutor(2) as pool:
        for pair, found in zip(every_pair, pool.map(lambda p: ask(binary, name, p), every_pair)):
            for sign, texts in (("only tconv", found - layers[pair]),
                                ("only the framework", layers[pair] - found)):
                for text in sorted(texts):
                    differences += 1
                    if differences <= 20:
                        print(f"{name} {pair[0]} -> {pair[1]}: {sign}: {text}")
    answers = sum(len(texts) for texts in layers.values())
    print(f"{name}: {tried} layers, {refused} refused by the framework; {len(every_pair)} pairs of "
          f"lengths, {answers} answers, {differences} differences", flush=True)
    return differences


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--framework", action="append", choices=FRAMEWORKS, help="one or more; else all")
    parser.add_argument("--sizes", type=int, default=64, help="lengths 1 to this")
    parser.add_argument("--binary", default="build/release/tconv")
    options = parser.parse_args()
    differences = [compare(options.binary, name, options.sizes)
                   for name in options.framework or FRAMEWORKS]
    sys.exit(1 if any(differences) else 0)


if __name__ == "__main__":
    main()

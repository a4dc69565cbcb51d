"""oneDNN through its C interface: weights packed, channels-first in and out.

Of the two ways to have channels-first tensors, its own implementations for them, and reorders
around the layout it likes best, the one that is faster here is used.
"""

import ctypes as C
import math
import os
import sys
import time

import numpy as np

_CPU, _INFERENCE, _F32, _ANY, _IN_ORDER = 1, 96, 3, 1, 1
_CONVOLUTION, _DECONVOLUTION = 0x1, 0xA
_SRC, _WEIGHTS, _DST = 1, 33, 17
_SRC_MD, _WEIGHTS_MD, _DST_MD, _IMPLEMENTATION = 129, 131, 133, 8
_ALLOCATE = C.c_void_p(-1)
_MAX_DIMS = 12

_Handle = C.c_void_p


class _Argument(C.Structure):
    _fields_ = [("arg", C.c_int), ("memory", _Handle)]


def _dims(values):
    return (C.c_int64 * _MAX_DIMS)(*values)


def _destroyer(creator):
    """The function that takes back what the one of that name made."""
    for kind in ("memory_desc", "primitive_desc", "memory", "primitive"):
        if f"{kind}_create" in creator:
            return f"dnnl_{kind}_destroy"
    return None


class _Library:
    """dnnl.h of oneDNN 3, as far as it is needed; what a layer made goes with the next layer."""

    def __init__(self):
        self.made = []
        self.library = C.CDLL(os.path.join(sys.prefix, "lib", "libdnnl.so.3"))
        self.library.dnnl_primitive_desc_query_md.restype = _Handle
        self.engine = self.make("dnnl_engine_create", _CPU, C.c_size_t(0))
        self.stream = self.make("dnnl_stream_create", self.engine, _IN_ORDER)

    def call(self, name, *arguments):
        status = getattr(self.library, name)(*arguments)
        if status != 0:
            raise NotImplementedError(f"{name}: status {status}")

    def make(self, name, *arguments):
        handle = _Handle()
        self.call(name, C.byref(handle), *arguments)
        if _destroyer(name):
            self.made.append((_destroyer(name), handle))
        return handle

    def release(self):
        for destroyer, handle in reversed(self.made):
            self.call(destroyer, handle)
        self.made = []

    def plain(self, shape):
        strides = [math.prod(shape[i + 1 :]) for i in range(len(shape))]
        return self.strided(shape, strides)

    def strided(self, shape, strides):
        return self.make(
            "dnnl_memory_desc_create_with_strides", len(shape), _dims(shape), _F32, _dims(strides)
        )

    def any(self, shape):
        return self.make("dnnl_memory_desc_create_with_tag", len(shape), _dims(shape), _F32, _ANY)

    def memory(self, desc):
        return self.make("dnnl_memory_create", desc, self.engine, _ALLOCATE)

    def view(self, memory, count, use):
        """Hands the memory to `use` as a flat array."""
        pointer = _Handle()
        self.call("dnnl_memory_map_data", memory, C.byref(pointer))
        use(np.ctypeslib.as_array(C.cast(pointer, C.POINTER(C.c_float)), (count,)))
        self.call("dnnl_memory_unmap_data", memory, pointer)

    def query(self, desc, what):
        return _Handle(self.library.dnnl_primitive_desc_query_md(desc, what, 0))

    def reorder(self, source, target, from_md, to_md):
        desc = self.make(
            "dnnl_reorder_primitive_desc_create", from_md, self.engine, to_md, self.engine, None
        )
        return self.step(desc, [(_SRC, source), (_DST, target)])

    def step(self, desc, memories):
        primitive = self.make("dnnl_primitive_create", desc)
        arguments = (_Argument * len(memories))(*[_Argument(a, m) for a, m in memories])
        execute, stream = self.library.dnnl_primitive_execute, self.stream
        return lambda: execute(primitive, stream, len(memories), arguments)


class OneDnn:
    def __init__(self, threads):
        self.dnnl = _Library()

    def prepare(self, layer, x, w):
        if x.dtype != "float32":
            raise NotImplementedError("oneDNN has no float64 convolution")
        d = self.dnnl
        d.release()
        self.shape = layer.y_shape
        self.x_md, self.y_md = d.plain(layer.x_shape), d.plain(layer.y_shape)
        self.x, self.y = d.memory(self.x_md), d.memory(self.y_md)
        d.view(self.x, x.size, lambda flat: np.copyto(flat, x.ravel()))
        tried = []
        for make in (d.plain, d.any):
            try:
                steps, name = self._steps(layer, w, make)
            except NotImplementedError:
                continue
            self.steps = steps
            self.run()
            start = time.perf_counter()
            for _ in range(3):
                self.run()
            tried.append((time.perf_counter() - start, name, steps))
        if not tried:
            raise NotImplementedError("oneDNN has no implementation")
        _, name, self.steps = min(tried, key=lambda each: each[0])
        return name

    def _steps(self, layer, w, make):
        d = self.dnnl
        logical, strides = self._weights(layer, w)
        given_md = d.strided(logical, strides)
        kind = "deconvolution" if layer.transposed else "convolution"
        far = [p - o for p, o in zip(layer.pad, layer.output_padding)]
        desc = d.make(
            f"dnnl_{kind}_forward_primitive_desc_create",
            d.engine,
            _INFERENCE,
            _DECONVOLUTION if layer.transposed else _CONVOLUTION,
            make(layer.x_shape),
            d.any(logical),
            None,
            make(layer.y_shape),
            _dims(layer.stride),
            _dims([n - 1 for n in layer.dilation]),
            _dims(layer.pad),
            _dims(far),
            None,
        )
        x_md, w_md, y_md = (d.query(desc, what) for what in (_SRC_MD, _WEIGHTS_MD, _DST_MD))
        given, packed = d.memory(given_md), d.memory(w_md)
        d.view(given, w.size, lambda flat: np.copyto(flat, w.ravel()))
        d.reorder(given, packed, given_md, w_md)()
        d.call("dnnl_stream_wait", d.stream)
        x, y, before, after = self.x, self.y, [], []
        if not d.library.dnnl_memory_desc_equal(x_md, self.x_md):
            x = d.memory(x_md)
            before = [d.reorder(self.x, x, self.x_md, x_md)]
        if not d.library.dnnl_memory_desc_equal(y_md, self.y_md):
            y = d.memory(y_md)
            after = [d.reorder(y, self.y, y_md, self.y_md)]
        main = d.step(desc, [(_SRC, x), (_WEIGHTS, packed), (_DST, y)])
        name = C.c_char_p()
        d.call("dnnl_primitive_desc_query", desc, _IMPLEMENTATION, 0, C.byref(name))
        return [*before, main, *after], name.value.decode() + (
            " reordered" if before or after else ""
        )

    @staticmethod
    def _weights(layer, w):
        """oneDNN counts (groups, out/groups, in/groups, k...), of a transposed layer too."""
        taps = math.prod(layer.kernel)
        kernel = [math.prod(layer.kernel[i + 1 :]) for i in range(layer.dims)]
        out, ins = layer.co // layer.groups, layer.ci // layer.groups
        strides = [taps, out * taps] if layer.transposed else [ins * taps, taps]
        if layer.groups == 1:
            return (out, ins, *layer.kernel), (*strides, *kernel)
        return (layer.groups, out, ins, *layer.kernel), (out * ins * taps, *strides, *kernel)

    def run(self):
        for step in self.steps:
            step()
        self.dnnl.library.dnnl_stream_wait(self.dnnl.stream)

    def result(self):
        y = np.empty(math.prod(self.shape), np.float32)
        self.dnnl.view(self.y, y.size, lambda flat: np.copyto(y, flat))
        return y.reshape(self.shape)

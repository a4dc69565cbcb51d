"""TensorFlow: a traced function. Its CPU kernels are channels-last, so it transposes both ways."""

import tensorflow as tf


def _spatial(first, values, last):
    return [first, *values, last]


class TensorFlow:
    def __init__(self, threads):
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)

    def prepare(self, layer, x, w):
        dims = max(layer.dims, 2)  # 1-D as 2-D, as TensorFlow itself does
        if layer.dims == 1:
            x, w = x[:, :, None], w[:, :, None]
        widen = lambda values, lead: (lead, *values) if layer.dims == 1 else tuple(values)
        plan = dict(
            kernel=widen(layer.kernel, 1),
            stride=widen(layer.stride, 1),
            pad=widen(layer.pad, 0),
            dilation=widen(layer.dilation, 1),
            input=widen(layer.input, 1),
            output=widen(layer.output, 1),
        )
        order = [*range(2, 2 + dims)]
        last, first = [0, *order, 1], [0, dims + 1, *range(1, dims + 1)]
        # (out, in, k...) to (k..., in, out); transposed: (in, out, k...) to (k..., out, in).
        weights = tf.constant(w.transpose(*order, 1, 0))
        depthwise = layer.groups > 1 and layer.groups == layer.ci
        if layer.transposed and layer.groups > 1:
            raise NotImplementedError("conv_transpose has no groups")
        if layer.transposed:
            inner = self._transposed(layer, dims, plan, weights)
        elif depthwise and dims == 2 and len(set(plan["stride"])) == 1:
            # (k..., 1, out) to (k..., in, multiplier)
            weights = tf.reshape(weights, (*plan["kernel"], layer.ci, layer.co // layer.ci))
            inner = lambda v: tf.nn.depthwise_conv2d(
                v,
                weights,
                _spatial(1, plan["stride"], 1),
                self._pads(plan),
                dilations=plan["dilation"],
            )
        else:
            inner = self._forward(dims, plan, weights)
        self.x = tf.constant(x)
        self.squeeze = layer.dims == 1

        def whole(v):
            return tf.transpose(inner(tf.transpose(v, last)), first)

        self.call = tf.function(whole).get_concrete_function(
            tf.TensorSpec(self.x.shape, self.x.dtype)
        )
        return ""

    @staticmethod
    def _pads(plan):
        return [[0, 0], *[[p, p] for p in plan["pad"]], [0, 0]]

    def _forward(self, dims, plan, weights):
        stride, dilation = _spatial(1, plan["stride"], 1), _spatial(1, plan["dilation"], 1)
        if dims == 2:
            return lambda v: tf.nn.conv2d(v, weights, stride, self._pads(plan), dilations=dilation)
        axes = zip(plan["kernel"], plan["stride"], plan["pad"], plan["dilation"])
        if all(s == 1 and 2 * p == (k - 1) * d for k, s, p, d in axes):
            return lambda v: tf.nn.conv3d(v, weights, stride, "SAME", dilations=dilation)
        return lambda v: tf.nn.conv3d(
            tf.pad(v, self._pads(plan)), weights, stride, "VALID", dilations=dilation
        )

    @staticmethod
    def _transposed(layer, dims, plan, weights):
        function = tf.nn.conv2d_transpose if dims == 2 else tf.nn.conv3d_transpose
        stride, dilation = _spatial(1, plan["stride"], 1), _spatial(1, plan["dilation"], 1)
        same, full = True, []
        for i, k, s, p, d, o in zip(
            *(plan[n] for n in ("input", "kernel", "stride", "pad", "dilation", "output"))
        ):
            reach = (k - 1) * d + 1
            same = same and o == i * s and p == max(reach - s, 0) // 2
            full.append(max((i - 1) * s + reach, o + p))
        if same:
            shape = _spatial(layer.n, plan["output"], layer.co)
            return lambda v: function(v, weights, shape, stride, "SAME", dilations=dilation)
        shape = _spatial(layer.n, full, layer.co)
        begin, size = _spatial(0, plan["pad"], 0), _spatial(layer.n, plan["output"], layer.co)
        return lambda v: tf.slice(
            function(v, weights, shape, stride, "VALID", dilations=dilation), begin, size
        )

    def run(self):
        self.y = self.call(self.x)
        # The CPU runs it before it returns.

    def result(self):
        y = self.y.numpy()
        return y[:, :, 0] if self.squeeze else y

"""PyTorch: as a module calls it, and with weights packed for oneDNN beforehand."""

import torch
import torch.nn.functional as F


def _threads(threads):
    torch.set_num_threads(threads)


class Eager:
    """F.conv2d and its kin: what nn.Conv2d runs in eval mode. Packs its weights in every call."""

    def __init__(self, threads):
        _threads(threads)

    def prepare(self, layer, x, w):
        name = f"conv{'_transpose' if layer.transposed else ''}{layer.dims}d"
        function = getattr(F, name)
        self.x, w = torch.from_numpy(x), torch.from_numpy(w)
        settings = dict(
            stride=layer.stride, padding=layer.pad, dilation=layer.dilation, groups=layer.groups
        )
        if layer.transposed:
            settings["output_padding"] = layer.output_padding
        self.call = lambda: function(self.x, w, **settings)
        return ""

    @torch.inference_mode()
    def run(self):
        self.y = self.call()

    def result(self):
        return self.y.numpy()


class Packed:
    """The operators that torch.compile freezes a convolution to: oneDNN with packed weights."""

    def __init__(self, threads):
        _threads(threads)

    @torch.inference_mode()
    def prepare(self, layer, x, w):
        if layer.dims == 1:  # as PyTorch itself does
            x, w = x[:, :, None], w[:, :, None]
        lead = (1,) if layer.dims == 1 else ()
        zero = (0,) if layer.dims == 1 else ()
        self.squeeze = layer.dims == 1
        pad, stride, dilation = (
            [*zero, *layer.pad],
            [*lead, *layer.stride],
            [*lead, *layer.dilation],
        )
        extra = [*zero, *layer.output_padding]
        self.x = torch.from_numpy(x)
        sizes = list(self.x.shape)
        weights = torch.from_numpy(w)
        ops = torch.ops.mkldnn
        if layer.transposed:
            packed = ops._reorder_convolution_transpose_weight(
                weights, pad, extra, stride, dilation, layer.groups, sizes
            )
            self.call = lambda: ops._convolution_transpose_pointwise(
                self.x, packed, None, pad, extra, stride, dilation, layer.groups, "none", [], ""
            )
        else:
            packed = ops._reorder_convolution_weight(
                weights, pad, stride, dilation, layer.groups, sizes
            )
            self.call = lambda: ops._convolution_pointwise(
                self.x, packed, None, pad, stride, dilation, layer.groups, "none", [], ""
            )
        return ""

    @torch.inference_mode()
    def run(self):
        self.y = self.call()

    def result(self):
        y = self.y.to_dense() if self.y.is_mkldnn else self.y
        return (y[:, :, 0] if self.squeeze else y).contiguous().numpy()

"""The layers: rows of samples/layers.csv and peer-layers.csv, and what class each is in."""

import csv
import dataclasses
import math
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
FILES = (HERE.parent.parent / "samples" / "layers.csv", HERE / "peer-layers.csv")
FIELDS = ("input", "kernel", "stride", "pad", "dilation", "output_padding")


@dataclasses.dataclass(frozen=True)
class Layer:
    """One layer without bias; the spatial fields are tuples, pads the same at both ends."""

    name: str
    kind: str
    dims: int
    n: int
    ci: int
    co: int
    groups: int
    input: tuple
    kernel: tuple
    stride: tuple
    pad: tuple
    dilation: tuple
    output_padding: tuple

    @property
    def transposed(self):
        return self.kind == "transposed"

    @property
    def output(self):
        """Spatial extents of the result."""
        axes = zip(
            self.input, self.kernel, self.stride, self.pad, self.dilation, self.output_padding
        )
        if self.transposed:
            return tuple((i - 1) * s + (k - 1) * d + 1 - 2 * p + o for i, k, s, p, d, o in axes)
        return tuple((i + 2 * p - (k - 1) * d - 1) // s + 1 for i, k, s, p, d, _ in axes)

    @property
    def x_shape(self):
        return (self.n, self.ci, *self.input)

    @property
    def y_shape(self):
        return (self.n, self.co, *self.output)

    @property
    def w_shape(self):
        """PyTorch's and ONNX's: (out, in/groups, k...), transposed (in, out/groups, k...)."""
        if self.transposed:
            return (self.ci, self.co // self.groups, *self.kernel)
        return (self.co, self.ci // self.groups, *self.kernel)

    @property
    def gflop(self):
        """Two a tap, those in padding and those cropped off included."""
        at = self.input if self.transposed else self.output
        taps = self.n * self.ci * (self.co // self.groups) * math.prod(self.kernel)
        return 2e-9 * taps * math.prod(at)

    @property
    def terms(self):
        """The most products that are summed to one output."""
        return self.ci // self.groups * math.prod(self.kernel)

    @property
    def spec(self):
        """What tconv run takes."""
        text = f"nn.Conv{'Transpose' if self.transposed else ''}{self.dims}d({self.ci}, {self.co}, "
        text += f"{self.kernel}, stride={self.stride}, padding={self.pad}, "
        text += f"dilation={self.dilation}, groups={self.groups}, bias=False"
        if self.transposed:
            text += f", output_padding={self.output_padding}"
        return text + ")"

    @property
    def family(self):
        """The class whose geometric mean the layer is in."""
        if self.groups > 1:
            return "depthwise" if self.groups == self.ci else "grouped"
        if self.dims != 2:
            return f"{self.dims}-D"
        if max(self.dilation) > 1:
            return "dilated"
        if self.transposed:
            if self.co <= 4:
                return "to few channels"
            return "no overlap" if self.kernel == self.stride else "dense"
        if self.ci <= 4:
            return "first"
        return "1x1" if math.prod(self.kernel) == 1 else "dense"


def _row(row):
    spatial = {name: tuple(int(n) for n in row[name].split("x")) for name in FIELDS}
    numbers = {name: int(row[name]) for name in ("dims", "n", "ci", "co", "groups")}
    return Layer(name=row["name"], kind=row["kind"], **numbers, **spatial)


def read(paths):
    """The layers of those CSV files; of equal ones the first, so that none counts twice."""
    layers = {}
    for path in paths:
        with open(path, newline="") as file:
            for row in csv.DictReader(file):
                layer = _row(row)
                layers.setdefault(dataclasses.replace(layer, name=""), layer)
    return list(layers.values())


def write(path, layers):
    """A CSV file that tconv bench --layers reads."""
    with open(path, "w", newline="") as file:
        file.write(
            "name,kind,dims,n,ci,co,groups,input,kernel,stride,pad,dilation,output_padding,gflop\n"
        )
        for layer in layers:
            spatial = ["x".join(str(n) for n in getattr(layer, name)) for name in FIELDS]
            fields = [layer.name, layer.kind, layer.dims, layer.n, layer.ci, layer.co, layer.groups]
            file.write(",".join(str(f) for f in [*fields, *spatial, f"{layer.gflop:.6g}"]) + "\n")

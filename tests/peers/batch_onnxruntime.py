"""Every .npy of a folder through one Conv node, as one would write it with ONNX Runtime.

batch_onnxruntime.py THREADS STRIDE PADDING W.npy IN OUT; prints the seconds of the loop.
"""

import pathlib
import sys
import time

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

threads, stride, padding = (int(word) for word in sys.argv[1:4])
weight = np.load(sys.argv[4])
folder, out = pathlib.Path(sys.argv[5]), pathlib.Path(sys.argv[6])
out.mkdir()
node = helper.make_node("Conv", ["x", "w"], ["y"], strides=[stride] * 2, pads=[padding] * 4)
shape = np.load(next(folder.iterdir()), mmap_mode="r").shape
graph = helper.make_graph(
    [node],
    "layer",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
    [numpy_helper.from_array(weight, "w")],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = threads
session = onnxruntime.InferenceSession(
    model.SerializeToString(), options, providers=["CPUExecutionProvider"]
)
begin = time.perf_counter()
for path in sorted(folder.iterdir()):
    (y,) = session.run(["y"], {"x": np.load(path)})
    np.save(out / path.name, y)
print(time.perf_counter() - begin)

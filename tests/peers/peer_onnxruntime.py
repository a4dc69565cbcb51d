"""ONNX Runtime: a model of one node, all optimizations, input and output bound beforehand."""

import numpy as np
import onnxruntime as ort
from onnx_model import model_of


class OnnxRuntime:
    def __init__(self, threads):
        self.options = ort.SessionOptions()
        self.options.intra_op_num_threads = threads
        self.options.inter_op_num_threads = 1
        self.options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
        self.options.log_severity_level = 3

    def prepare(self, layer, x, w):
        self.session = None  # its threads go before new ones come
        self.session = ort.InferenceSession(
            model_of(layer, w), self.options, providers=["CPUExecutionProvider"]
        )
        self.x = ort.OrtValue.ortvalue_from_numpy(x)
        self.y = ort.OrtValue.ortvalue_from_numpy(np.zeros(layer.y_shape, x.dtype))
        self.binding = self.session.io_binding()
        self.binding.bind_ortvalue_input("x", self.x)
        self.binding.bind_ortvalue_output("y", self.y)
        return ""

    def run(self):
        self.session.run_with_iobinding(self.binding)

    def result(self):
        return self.y.numpy()

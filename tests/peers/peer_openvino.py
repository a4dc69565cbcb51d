"""OpenVINO on the CPU: the ONNX model of one node, compiled for latency and in float32."""

import openvino as ov
from onnx_model import model_of


class OpenVino:
    def __init__(self, threads):
        self.core = ov.Core()
        self.config = {
            "INFERENCE_NUM_THREADS": threads,
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": 1,
            "INFERENCE_PRECISION_HINT": "f32",
        }

    def prepare(self, layer, x, w):
        if x.dtype != "float32":
            raise NotImplementedError("OpenVINO's CPU computes float64 in float32")
        self.model = self.core.compile_model(
            self.core.read_model(model_of(layer, w)), "CPU", self.config
        )
        self.request = self.model.create_infer_request()
        self.x = x  # shared with the tensor below
        self.request.set_input_tensor(ov.Tensor(self.x, shared_memory=True))
        kinds = [node.get_rt_info() for node in self.model.get_runtime_model().get_ops()]
        names = [
            str(kind["primitiveType"].astype(str)) for kind in kinds if "primitiveType" in kind
        ]
        return " ".join(name for name in names if not name.startswith("unknown"))

    def run(self):
        self.request.infer()

    def result(self):
        return self.request.get_output_tensor().data

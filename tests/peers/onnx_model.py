"""A layer as an ONNX model of one node, its weights an initializer."""

from onnx import TensorProto, helper, numpy_helper


def model_of(layer, w):
    """The serialized model; input "x" and output "y" have fixed shapes."""
    element = TensorProto.DOUBLE if w.dtype == "float64" else TensorProto.FLOAT
    attributes = dict(
        kernel_shape=layer.kernel,
        strides=layer.stride,
        pads=layer.pad * 2,
        dilations=layer.dilation,
        group=layer.groups,
    )
    if layer.transposed:
        attributes["output_padding"] = layer.output_padding
    node = helper.make_node(
        "ConvTranspose" if layer.transposed else "Conv", ["x", "w"], ["y"], **attributes
    )
    graph = helper.make_graph(
        [node],
        "layer",
        [helper.make_tensor_value_info("x", element, layer.x_shape)],
        [helper.make_tensor_value_info("y", element, layer.y_shape)],
        [numpy_helper.from_array(w, "w")],
    )
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()

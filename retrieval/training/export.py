"""Makes a trained reader small enough to ship: ONNX, every matrix and table in 8 bits."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from retrieval.encode_int8 import quiet


class _Whole(nn.Module):  # type: ignore[misc]  # torch ships no types here
    """One passage at a time: nothing is padded, so there is no mask to give."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: torch.Tensor, types: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        sentence, words = self.model(ids, torch.ones_like(ids), types)
        return sentence, words


def export(model: Any, path: Path, *, int8: bool = True) -> None:
    """Write model.onnx: inputs input_ids, token_type_ids (1, length); outputs sentence, words."""
    import onnx  # noqa: PLC0415
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415

    ids = torch.arange(1000, 1040)[None]
    length = {1: torch.export.Dim("length", min=4, max=512)}
    with quiet():
        torch.onnx.export(
            _Whole(model).eval(),
            (ids, torch.zeros_like(ids)),
            str(path),
            input_names=["input_ids", "token_type_ids"],
            output_names=["sentence", "words"],
            dynamic_shapes=({1: length[1]}, {1: length[1]}),
            dynamo=True,
            external_data=False,
            verbose=False,
        )
        if not int8:
            return
        whole = onnx.load(path)
        del whole.graph.value_info[:]
        onnx.save(whole, path)
        # Seven bits: on processors without VNNI the products of eight overflow, silently.
        quantize_dynamic(
            path,
            path,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            op_types_to_quantize=["MatMul"],
        )
    _shrink_tables(path)


def _shrink_tables(path: Path) -> None:
    """Store look-up tables in 8 bits with a scale for each row."""
    import onnx  # noqa: PLC0415

    model = onnx.load(path)
    tables = {each.name: each for each in model.graph.initializer}
    nodes = []
    for node in model.graph.node:
        table = tables.get(node.input[0]) if node.op_type == "Gather" else None
        if table is None or table.data_type != onnx.TensorProto.FLOAT or len(table.dims) != 2:
            nodes.append(node)
            continue
        values = onnx.numpy_helper.to_array(table)
        scale = np.abs(values).max(axis=1, keepdims=True).clip(min=1e-9) / 127
        small = np.round(values / scale).astype(np.int8)
        table.CopyFrom(onnx.numpy_helper.from_array(small, table.name))
        model.graph.initializer.append(
            onnx.numpy_helper.from_array(scale.astype(np.float32), f"{table.name}_scale")
        )
        whole = node.output[0]
        node.output[0] = f"{whole}_int8"
        helper = onnx.helper
        nodes += [
            node,
            helper.make_node(
                "Cast", [node.output[0]], [f"{whole}_cast"], to=onnx.TensorProto.FLOAT
            ),
            helper.make_node("Gather", [f"{table.name}_scale", node.input[1]], [f"{whole}_scale"]),
            helper.make_node("Mul", [f"{whole}_cast", f"{whole}_scale"], [whole]),
        ]
    del model.graph.node[:], model.graph.value_info[:]
    model.graph.node.extend(nodes)
    onnx.save(model, path)

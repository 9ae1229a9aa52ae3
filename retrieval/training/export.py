"""Makes a trained reader small enough to ship: ONNX, every matrix and table in 8 bits; and takes
the weights out of one again, to train on from them.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from retrieval.encode_int8 import quiet
from retrieval.errors import ReaderError


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


def restore(model: nn.Module, path: Path) -> None:
    """Set a model's weights to those of one of its make that `export` wrote, as exact as 8 bits
    are; what is not exported, as a pooler, stays. Raises ReaderError.
    """
    import onnx  # noqa: PLC0415

    try:
        parts = onnx.load(path, format="protobuf").graph.initializer
        stored = {each.name: onnx.numpy_helper.to_array(each) for each in parts}
        weights = {
            name.removeprefix("model."): value * stored.get(f"{name}_scale", np.float32(1))
            for name, value in stored.items()
            if name.endswith((".weight", ".bias"))
        }
        # Matrices lost their names; they stand in the order in which they were used.
        matrices = [name for name in stored if name.endswith("_quantized")]
        layers = [
            name
            for name, each in model.named_modules()
            if isinstance(each, nn.Linear) and f"{name}.bias" in weights
        ]
        for name, matrix in zip(layers, matrices, strict=True):
            scale = stored[f"{matrix.removesuffix('_quantized')}_scale"]
            weights[f"{name}.weight"] = (stored[matrix] * scale).T
        learned = {n: torch.from_numpy(np.ascontiguousarray(w)) for n, w in weights.items()}
        model.load_state_dict(model.state_dict() | learned)
    except Exception as error:
        raise ReaderError(
            f"{path} cannot be trained on ({type(error).__name__}) → give a reader that "
            "`python -m retrieval.training.reader` made"
        ) from error

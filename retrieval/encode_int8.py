"""Making a compiled encoder small and fast: 8-bit matrices, 16-bit look-up tables."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

_TABLE = 1 << 20  # entries from which a look-up table is worth storing in half the space


def has_int8() -> bool:
    """Whether this processor multiplies 8-bit integers fast (VNNI, or Arm's dot product)."""
    try:
        flags = Path("/proc/cpuinfo").read_text("utf-8", "replace")
    except OSError:
        return False  # no such file on this system: fp32 is right everywhere
    return any(flag in flags for flag in ("avx512_vnni", "avx_vnni", "asimddp"))


def quantise(folder: Path) -> None:
    """Turn a folder's fp32 model.onnx into int8 in place: its square matrices.

    Tables stay: one scale for all of a table costs six times the agreement. So do the matrices of
    feed-forward blocks, wide or narrow: they cost two thirds of what is left, for little speed.
    """
    import onnx  # noqa: PLC0415
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415

    path = folder / "model.onnx"
    model = onnx.load(path)
    graph = model.graph
    del graph.value_info[:]  # shapes that the exporter noted can contradict those worked out anew
    onnx.save(model, path)
    shapes = {each.name: tuple(each.dims) for each in graph.initializer}
    oblong = [
        node.name
        for node in graph.node
        if node.op_type == "MatMul" and len(set(shapes.get(node.input[1], ()))) == 2
    ]
    with quiet():
        quantize_dynamic(
            path,
            path,
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["MatMul"],
            nodes_to_exclude=oblong,
        )


def halve_tables(path: Path) -> None:
    """Store look-up tables as fp16: no cosine moves by 0.0001, and what is loaded shrinks."""
    import onnx  # noqa: PLC0415

    model = onnx.load(path)
    tables = {each.name: each for each in model.graph.initializer}
    nodes = []
    for node in model.graph.node:
        nodes.append(node)
        table = tables.get(node.input[0]) if node.op_type == "Gather" else None
        if table is None or table.data_type != onnx.TensorProto.FLOAT:
            continue
        values = onnx.numpy_helper.to_array(table)
        if values.size < _TABLE or np.abs(values).max() > np.finfo(np.float16).max:
            continue
        table.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float16), table.name))
        whole = node.output[0]
        node.output[0] = f"{whole}_half"
        nodes.append(
            onnx.helper.make_node("Cast", [node.output[0]], [whole], to=onnx.TensorProto.FLOAT)
        )
    del model.graph.node[:], model.graph.value_info[:]
    model.graph.node.extend(nodes)
    onnx.save(model, path)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep libraries from writing warnings to the terminal; errors still show."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)

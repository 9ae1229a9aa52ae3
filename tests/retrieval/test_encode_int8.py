"""Making a model small: which tables are halved, and that warnings stay away while it is done."""

import logging
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from retrieval.encode_int8 import halve_tables, quantise, quiet


def save(folder: Path, *, rows: int, largest: float = 1.0) -> Path:
    """Save a model that looks rows up and multiplies by a wide, a square, a narrow matrix."""
    generator = np.random.default_rng(0)

    def constant(name: str, *shape: int) -> onnx.TensorProto:
        values = generator.uniform(-largest, largest, shape).astype(np.float32)
        return onnx.numpy_helper.from_array(values, name)

    def node(kind: str, *names: str) -> onnx.NodeProto:
        *inputs, output = names
        return onnx.helper.make_node(kind, inputs, [output], name=f"make {output}")

    graph = onnx.helper.make_graph(
        [
            node("Gather", "table", "ids", "looked up"),
            node("MatMul", "looked up", "widening", "wide"),
            node("MatMul", "wide", "square", "turned"),
            node("MatMul", "turned", "narrowing", "out"),
        ],
        "small",
        [onnx.helper.make_tensor_value_info("ids", onnx.TensorProto.INT64, ["n"])],
        [onnx.helper.make_tensor_value_info("out", onnx.TensorProto.FLOAT, ["n", 64])],
        [
            constant("table", rows, 64),
            constant("widening", 64, 256),
            constant("square", 256, 256),
            constant("narrowing", 256, 64),
        ],
    )
    opset = onnx.helper.make_opsetid("", 18)
    onnx.save(
        onnx.helper.make_model(graph, opset_imports=[opset], ir_version=8), folder / "model.onnx"
    )
    return folder / "model.onnx"


def run(path: Path) -> np.ndarray:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (out,) = session.run(["out"], {"ids": np.arange(50, dtype=np.int64)})
    return np.asarray(out)


def types(path: Path) -> dict[str, int]:
    return {each.name: each.data_type for each in onnx.load(path).graph.initializer}


def least_cosine(a: np.ndarray, b: np.ndarray) -> float:
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return float((np.einsum("ij,ij->i", a, b) / lengths).min())


def test_a_large_table_takes_half_the_space_and_says_the_same(tmp_path: Path) -> None:
    path = save(tmp_path, rows=1 << 14)
    before, size = run(path), path.stat().st_size
    halve_tables(path)
    assert types(path)["table"] == onnx.TensorProto.FLOAT16
    assert path.stat().st_size < 0.55 * size
    assert least_cosine(run(path), before) > 1 - 1e-5


@pytest.mark.parametrize(("rows", "largest"), [(1 << 10, 1.0), (1 << 14, 1e6)])
def test_a_small_table_and_one_of_large_numbers_stay(
    rows: int, largest: float, tmp_path: Path
) -> None:
    path = save(tmp_path, rows=rows, largest=largest)
    before = run(path)
    halve_tables(path)
    assert types(path)["table"] == onnx.TensorProto.FLOAT
    assert np.array_equal(run(path), before)


def test_only_square_matrices_become_int8(tmp_path: Path) -> None:
    path = save(tmp_path, rows=1 << 14)
    before = run(path)
    quantise(tmp_path)
    found = types(path)
    assert found["square_quantized"] == onnx.TensorProto.INT8
    for name in ("table", "widening", "narrowing"):
        assert found[name] == onnx.TensorProto.FLOAT
    assert least_cosine(run(path), before) > 0.999


def test_warnings_stay_away_and_come_back(caplog: pytest.LogCaptureFixture) -> None:
    with quiet():
        logging.getLogger("library").warning("unasked advice")
        warnings.warn("unasked advice", stacklevel=1)
        logging.getLogger("library").error("a failure")
    logging.getLogger("library").warning("asked for")
    assert [record.message for record in caplog.records] == ["a failure", "asked for"]
    with pytest.warns(UserWarning, match="asked for"):
        warnings.warn("asked for", stacklevel=1)

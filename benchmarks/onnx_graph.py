"""The transformer of e5-small as an ONNX model, which other libraries run."""

from __future__ import annotations

from typing import Any

import numpy as np

from themawijzer.language.packed import HEADS, LAYERS, WIDTH, Matrix, Tensors, weights_of


class Graph:
    """The transformer as an ONNX model from the sums of embeddings (n, l, 384) to the last hidden states.

    `linear` is a method of it that multiplies by the weights (k, m) of a linear layer.
    """

    def __init__(self, tensors: Tensors, linear: str) -> None:
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._tensors, self._linear = tensors, getattr(self, f"_{linear}")
        x = self._norm("x", "emb.ln")
        for number in range(LAYERS):
            x = self._layer(x, f"l{number}.")
        self._nodes[-1].output[0] = "states"

    def model(self) -> bytes:
        from onnx import TensorProto, helper

        x, states = (
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", "l", WIDTH]) for name in ("x", "states")
        )
        graph = helper.make_graph(self._nodes, "e5-small", [x], [states], self._constants)
        versions = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
        return bytes(helper.make_model(graph, opset_imports=versions, ir_version=10).SerializeToString())

    def _layer(self, x: str, name: str) -> str:
        heads = self._product(x, *(f"{name}{part}" for part in "qkv"))
        heads = self._add("Reshape", heads, self._constant(np.array([0, 0, 3, HEADS, WIDTH // HEADS])))
        parts = self._add("Split", heads, n_outputs=3, axis=2, num_outputs=3).split()
        query, key, value = (
            self._add("Transpose", self._add("Squeeze", part, self._constant(np.array([2]))), perm=perm)
            for part, perm in zip(parts, ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]), strict=True)
        )
        weights = self._add("Mul", self._add("MatMul", query, key), self._float((WIDTH // HEADS) ** -0.5))
        attended = self._add("MatMul", self._add("Softmax", weights, axis=-1), value)
        attended = self._add("Transpose", attended, perm=[0, 2, 1, 3])
        attended = self._add("Reshape", attended, self._constant(np.array([0, 0, WIDTH])))
        x = self._norm(self._add("Add", x, self._product(attended, f"{name}ao")), f"{name}aln")
        inner = self._add("Gelu", self._product(x, f"{name}fi"), approximate="tanh")
        return self._norm(self._add("Add", x, self._product(inner, f"{name}fo", width=4 * WIDTH)), f"{name}oln")

    def _product(self, x: str, *names: str, width: int = WIDTH) -> str:
        product = self._linear(x, weights_of(self._tensors, *names, width=width).T)
        return self._add("Add", product, self._constant(np.concatenate([self._tensors[f"{n}.b"] for n in names])))

    def _norm(self, x: str, name: str) -> str:
        weight, bias = (self._constant(self._tensors[f"{name}.{part}"]) for part in "wb")
        return self._add("LayerNormalization", x, weight, bias, epsilon=1e-12)

    def _exact(self, x: str, weight: Matrix) -> str:
        return self._add("MatMul", x, self._constant(weight))

    def _token(self, x: str, weight: Matrix) -> str:
        """In numbers of 8 bits with a scale per token and one per column of weights."""
        most = self._add("ReduceMax", self._add("Abs", x), self._constant(np.array([-1])))
        scale = self._add("Div", most, self._float(127))
        whole = self._add("Add", self._add("Round", self._add("Div", x, scale)), self._float(128))
        zero = self._constant(np.array(128, np.uint8))
        product, own = self._whole(self._add("Cast", whole, to=2), zero, weight)
        return self._add("Mul", self._add("Mul", product, scale), own)

    def _batch(self, x: str, weight: Matrix) -> str:
        """The same with one scale for a batch."""
        whole, scale, zero = self._add("DynamicQuantizeLinear", x, n_outputs=3).split()
        product, own = self._whole(whole, zero, weight)
        return self._add("Mul", product, self._add("Mul", scale, own))  # so that the library makes one step of it

    def _whole(self, whole: str, zero: str, weight: Matrix) -> tuple[str, str]:
        own = np.abs(weight).max(axis=0) / np.float32(127)
        product = self._add("MatMulInteger", whole, self._constant(np.rint(weight / own).astype(np.int8)), zero)
        return self._add("Cast", product, to=1), self._constant(own)

    def _blocks(self, x: str, weight: Matrix, size: int = 64) -> str:
        """In numbers of 8 bits, with a scale per 64 weights of a column."""
        k, m = weight.shape
        blocks = weight.T.reshape(m, k // size, size)
        scale = np.abs(blocks).max(axis=2) / np.float32(127)
        whole = (np.rint(blocks / scale[:, :, None]) + 128).astype(np.uint8)
        how = {"K": k, "N": m, "bits": 8, "block_size": size, "accuracy_level": 4}
        constants = self._constant(whole), self._constant(scale.ravel())
        return self._add("MatMulNBits", x, *constants, domain="com.microsoft", **how)

    def _groups(self, x: str, weight: Matrix, size: int = 32) -> str:
        """Weights of 8 bits with a scale per 32 of a column, which are multiplied as numbers."""
        k, m = weight.shape
        blocks = weight.reshape(k // size, size, m)
        scale = np.abs(blocks).max(axis=1) / np.float32(127)
        whole = np.rint(blocks / scale[:, None]).astype(np.int8).reshape(k, m)
        how = {"axis": 0, "block_size": size}
        return self._add(
            "MatMul", x, self._add("DequantizeLinear", self._constant(whole), self._constant(scale), **how)
        )

    def _add(self, operation: str, *inputs: str, n_outputs: int = 1, **how: Any) -> str:
        """The names of what one more node gives, between spaces."""
        from onnx import helper

        outputs = [f"{operation}{len(self._nodes)}_{number}" for number in range(n_outputs)]
        self._nodes.append(helper.make_node(operation, inputs, outputs, **how))
        return " ".join(outputs)

    def _constant(self, values: np.typing.NDArray[Any]) -> str:
        from onnx import numpy_helper

        name = f"constant{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _float(self, value: float) -> str:
        return self._constant(np.array(value, np.float32))

#!/usr/bin/env bash
# Guess, before running: `validate` looks whether all weights of a specification are there; calling it again after `optimize`
# changes nothing.
# Found: weights that are equal, such as the biases of two layers that begin with zeros, are stored once by `optimize`, and the
# others become the name of the first. `validate` takes such a name for text that belongs in the model, and makes an array of its
# letters of it. Nothing is said: the model can be saved and loaded, and the first text that it is to encode raises an error.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check ctranslate2==4.8.5 numpy==2.4.6
cd "$work" && venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from ctranslate2.specs import TransformerEncoderModelSpec, TransformerEncoderSpec

random = np.random.default_rng(0)
encoder = TransformerEncoderSpec(num_layers=1, num_heads=2, pre_norm=False, layernorm_embedding=True)
layer = encoder.layer[0]
encoder.embeddings[0].weight = random.normal(size=(10, 8)).astype(np.float32)
encoder.position_encodings.encodings = random.normal(size=(16, 8)).astype(np.float32)
for norm in (encoder.layernorm_embedding, layer.self_attention.layer_norm, layer.ffn.layer_norm):
    norm.gamma, norm.beta = np.ones(8, np.float32), np.zeros(8, np.float32)
heads, attention = layer.self_attention.linear
for linear, rows, columns in ((heads, 24, 8), (attention, 8, 8), (layer.ffn.linear_0, 32, 8), (layer.ffn.linear_1, 8, 32)):
    linear.weight = random.normal(size=(rows, columns)).astype(np.float32)
    linear.bias = np.zeros(rows, np.float32)
spec = TransformerEncoderModelSpec(encoder)
spec.register_vocabulary([str(number) for number in range(10)])


def beta():
    found = spec.variables()["encoder/layernorm_embedding/beta"]
    return found if isinstance(found, str) else (found.dtype, list(found.shape), found.numpy().tobytes()[:8])


spec.validate()
before = beta()
spec.optimize("int8")
shared = beta()
spec.validate()
after = beta()
print("ctranslate2", version("ctranslate2"), "the beta of a norm, validated:", before)
print("optimized:", shared)
print("validated again:", after)
assert before[:2] == ("float32", [8])
assert isinstance(shared, str)
assert after[:2] == ("int8", [len(shared)])
assert after[2] == shared.encode()[:8]
PYTHON

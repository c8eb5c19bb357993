"""Networks that read a sequence of items, as pure functions: GRU4Rec (https://arxiv.org/abs/1511.06939) and SASRec
(https://arxiv.org/abs/1808.09781).

Items are numbered from 1, and 0 fills a shorter sequence on the left. What a network says after an item is a vector; its product with the
vector of each item is the score of that item as the next one.
"""

from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np

Parameters = dict[str, Any]
Array = Any
LENGTH = 20
"""Items that are read."""
SIZE = 64
HEADS = 2
BLOCKS = 2
SPREAD = 0.1
"""Standard deviation of the vectors of items at the beginning."""
NEVER = -1e9


class Network(Protocol):
    """A network."""

    def begin(self, random: np.random.Generator, n_items: int) -> Parameters:
        """Parameters to begin with. `items` has the vectors of the items."""

    def read(self, parameters: Parameters, items: Array, key: Array | None) -> Array:
        """A vector after each item of each sequence. With a `key` some values are dropped at random, as training needs it."""


class Gru:
    """One layer of gated recurrent units."""

    drop = 0.3

    def begin(self, random: np.random.Generator, n_items: int) -> Parameters:
        """Small random weights."""
        return {
            "items": _weights(random, n_items + 1, SIZE, SPREAD),
            "input": _weights(random, SIZE, 3 * SIZE),
            "state": _weights(random, SIZE, 3 * SIZE),
            "input_bias": jnp.zeros(3 * SIZE),
            "state_bias": jnp.zeros(3 * SIZE),
            **_scales("last"),
        }

    def read(self, parameters: Parameters, items: Array, key: Array | None) -> Array:
        """Step by step; what fills a sequence changes nothing."""
        there = items > 0
        vectors = dropout(parameters["items"][items], self.drop, key, 0) * there[..., None]
        gates = vectors @ parameters["input"] + parameters["input_bias"]

        def step(state: Array, now: tuple[Array, Array]) -> tuple[Array, Array]:
            given, is_there = now
            own = state @ parameters["state"] + parameters["state_bias"]
            update = jax.nn.sigmoid(given[:, :SIZE] + own[:, :SIZE])
            reset = jax.nn.sigmoid(given[:, SIZE : 2 * SIZE] + own[:, SIZE : 2 * SIZE])
            fresh = jnp.tanh(given[:, 2 * SIZE :] + reset * own[:, 2 * SIZE :])
            state = jnp.where(is_there[:, None], (1 - update) * fresh + update * state, state)
            return state, state

        _, states = jax.lax.scan(step, jnp.zeros((items.shape[0], SIZE)), (gates.swapaxes(0, 1), there.T))
        return _scaled(dropout(states.swapaxes(0, 1), self.drop, key, 1), parameters, "last")


class Sasrec:
    """Blocks of self-attention: each item looks at those before it."""

    drop = 0.4

    def begin(self, random: np.random.Generator, n_items: int) -> Parameters:
        """Small random weights."""
        found: Parameters = {"items": _weights(random, n_items + 1, SIZE, SPREAD), "places": _weights(random, LENGTH, SIZE, 0.02), **_scales("last")}
        for block in range(BLOCKS):
            found |= {f"{name}_{block}": _weights(random, SIZE, SIZE) for name in ("query", "key", "value", "out")}
            found |= {f"wide_{block}": _weights(random, SIZE, 4 * SIZE), f"narrow_{block}": _weights(random, 4 * SIZE, SIZE)}
            found |= {f"wide_bias_{block}": jnp.zeros(4 * SIZE), f"narrow_bias_{block}": jnp.zeros(SIZE)}
            found |= {**_scales(f"attention_{block}"), **_scales(f"forward_{block}")}
        return found

    def read(self, parameters: Parameters, items: Array, key: Array | None) -> Array:
        """All places at once."""
        there = items > 0
        number, length = items.shape
        found = dropout(parameters["items"][items] * (SIZE**0.5 / 2) + parameters["places"][-length:], self.drop, key, 0)
        visible = jnp.tril(jnp.ones((length, length), bool))[None] & there[:, None, :]
        bias = jnp.where(visible, 0.0, NEVER)[:, None]

        def heads(values: Array) -> Array:
            return values.reshape(number, length, HEADS, SIZE // HEADS).swapaxes(1, 2)

        for block in range(BLOCKS):
            values = _scaled(found, parameters, f"attention_{block}")
            query, keys, value = (heads(values @ parameters[f"{name}_{block}"]) for name in ("query", "key", "value"))
            share = jax.nn.softmax(query @ keys.swapaxes(2, 3) / (SIZE // HEADS) ** 0.5 + bias, -1)
            seen = (share @ value).swapaxes(1, 2).reshape(number, length, SIZE) @ parameters[f"out_{block}"]
            found = found + dropout(seen, self.drop, key, 2 * block + 1)
            wide = jax.nn.gelu(
                _scaled(found, parameters, f"forward_{block}") @ parameters[f"wide_{block}"] + parameters[f"wide_bias_{block}"], approximate=False
            )
            found = found + dropout(wide @ parameters[f"narrow_{block}"] + parameters[f"narrow_bias_{block}"], self.drop, key, 2 * block + 2)
        return _scaled(found, parameters, "last")


def dropout(values: Array, share: float, key: Array | None, number: int) -> Array:
    """Set this share of the values to zero, and enlarge the others accordingly. Without a key nothing is dropped."""
    if key is None:
        return values
    kept = jax.random.bernoulli(jax.random.fold_in(key, number), 1 - share, values.shape)
    return values * kept / (1 - share)


def _weights(random: np.random.Generator, rows: int, columns: int, spread: float | None = None) -> Array:
    return jnp.asarray(random.normal(0, rows**-0.5 if spread is None else spread, (rows, columns)), jnp.float32)


def _scales(name: str) -> Parameters:
    return {f"{name}_gain": jnp.ones(SIZE), f"{name}_shift": jnp.zeros(SIZE)}


def _scaled(values: Array, parameters: Parameters, name: str) -> Array:
    """Layer normalisation."""
    centred = values - values.mean(-1, keepdims=True)
    return centred * jax.lax.rsqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * parameters[f"{name}_gain"] + parameters[f"{name}_shift"]

"""Two moons in JAX, in a chain of optax

`adamas.jax.transformation` makes any optimizer a link of an optax chain. The step is compiled by
XLA with all else, and the picture shows where the network draws the border.

Needs: adamas[jax,plot] scikit-learn
"""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from sklearn.datasets import make_moons

import adamas
import adamas.jax
from adamas.pictures import colour, new_figure, plain_axes

points, sides = make_moons(300, noise=0.2, random_state=0)


def logit(params, x):
    hidden = jnp.tanh(x @ params["in"] + params["bias"])
    return hidden @ params["out"]


def loss(params):
    return optax.sigmoid_binary_cross_entropy(logit(params, points), sides).mean()


first, second = jax.random.split(jax.random.key(0))
params = {"in": 2 * jax.random.normal(first, (2, 32)), "bias": jnp.zeros(32)}
params["out"] = 0.1 * jax.random.normal(second, (32,))
chain = optax.chain(
    optax.zero_nans(),
    adamas.jax.transformation(adamas.Nadam(0.02, weight_decay=0.01, global_clipnorm=1.0)),
)


@jax.jit
def train(params, state):
    updates, state = chain.update(jax.grad(loss)(params), state, params)
    return optax.apply_updates(params, updates), state


state = chain.init(params)
for _ in range(500):
    params, state = train(params, state)
right = np.mean((np.asarray(logit(params, points)) > 0) == sides)
print(f"{right:.1%} of the points are on their side")

x, y = np.meshgrid(np.linspace(-1.6, 2.6, 90), np.linspace(-1.2, 1.7, 70))
border = np.asarray(logit(params, np.stack([x, y], axis=-1)))
figure = new_figure(5.6, 3.1)
axes = plain_axes(figure.add_subplot(), "Two moons, and the border between them", ("x", "y"))
axes.contourf(x, y, border, [-99, 0, 99], colors=[colour(0), colour(1)], alpha=0.2)
for side in (0, 1):
    axes.plot(*points[sides == side].T, "o", color=colour(side), markersize=3)
figure.savefig("optax_chain.png")

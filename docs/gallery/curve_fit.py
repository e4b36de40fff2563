"""A curve through noisy points

A damped oscillation has five numbers. NumPy computes their gradient, written by hand, and `apply`
changes the arrays in place. The rate falls along half a cosine wave, so that the end is quiet.

Needs: adamas[plot]
"""

import numpy as np

import adamas
from adamas.pictures import INK, colour, legend, new_figure, plain_axes


def curve(p, t):
    wave = np.exp(-p["decay"] * t) * np.cos(p["pulse"] * t + p["phase"])
    return p["level"] + p["height"] * wave


def gradient(p, t, y):
    """The slope of the mean square of the residuals."""
    fall, angle = p["height"] * np.exp(-p["decay"] * t), p["pulse"] * t + p["phase"]
    slopes = {
        "height": fall * np.cos(angle) / p["height"],
        "decay": -t * fall * np.cos(angle),
        "pulse": -t * fall * np.sin(angle),
        "phase": -fall * np.sin(angle),
        "level": np.ones_like(t),
    }
    return {name: 2 * np.mean((curve(p, t) - y) * slope) for name, slope in slopes.items()}


true = {"height": 2.0, "decay": 0.25, "pulse": 2.2, "phase": 0.4, "level": 1.0}
t = np.linspace(0, 10, 80)
y = curve(true, t) + 0.25 * np.random.default_rng(0).standard_normal(t.size)

guess = {"height": 1.0, "decay": 0.1, "pulse": 2.0, "phase": 0.0, "level": 0.0}
params = {name: np.array(value) for name, value in guess.items()}
optimizer = adamas.Adam(adamas.schedules.CosineDecay(0.05, 1000))
for _ in range(1000):
    optimizer.apply(gradient(params, t, y), params)

for name, value in params.items():
    print(f"{name}: {value:.2f} (true: {true[name]})")

figure = new_figure(5.6, 3.1)
axes = plain_axes(figure.add_subplot(), "A damped oscillation", ("time (s)", "height (cm)"))
fine = np.linspace(0, 10, 400)
axes.plot(t, y, "o", color=INK, markersize=3, alpha=0.7, label="measured")
axes.plot(fine, curve(guess, fine), "--", color=colour(1), linewidth=1.2, label="first guess")
axes.plot(fine, curve(params, fine), color=colour(0), linewidth=2.2, label="after 1,000 steps")
legend(axes, ncols=3, loc="lower right")
figure.savefig("curve_fit.png")

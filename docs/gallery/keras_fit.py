"""Keras, and the digits that it misreads

An optimizer of `adamas.keras` goes where one of Keras goes. Its averages are written into the
weights at the end of `fit`; what is still misread then is drawn.

Needs: adamas[keras,plot] jax scikit-learn
"""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
from sklearn.datasets import load_digits

import adamas.keras
from adamas.pictures import INK, colour, legend, new_figure, plain_axes

digits = load_digits()
pixels, labels = digits.data.astype("float32") / 16, digits.target

keras.utils.set_random_seed(0)
model = keras.Sequential(
    [keras.Input((64,)), keras.layers.Dense(64, activation="relu"), keras.layers.Dense(10)]
)
model.compile(
    optimizer=adamas.keras.AdamW(0.005, weight_decay=0.01, use_ema=True, ema_momentum=0.95),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
history = model.fit(
    *(pixels[:1200], labels[:1200]),
    validation_data=(pixels[1200:], labels[1200:]),
    batch_size=50,
    epochs=15,
    verbose=0,
).history
read = model.predict(pixels[1200:], verbose=0).argmax(1)
wrong = 1200 + np.flatnonzero(read != labels[1200:])
print(f"{len(wrong)} of {len(read)} test digits are misread")

figure = new_figure(5.6, 3.1)
places = figure.subplot_mosaic("llabc;lldef")
axes = plain_axes(places.pop("l"), "Loss", ("epoch", "nats per digit"))
axes.plot(range(1, 16), history["loss"], color=colour(0), label="training")
axes.plot(range(1, 16), history["val_loss"], color=colour(1), label="test")
axes.set_yscale("log")
legend(axes)
for number, place in zip(wrong, places.values(), strict=False):
    place.imshow(digits.images[number], cmap="Blues")
    place.set_title(f"{labels[number]}, read {read[number - 1200]}", fontsize=8, color=INK)
for place in places.values():
    place.set_axis_off()
figure.savefig("keras_fit.png")

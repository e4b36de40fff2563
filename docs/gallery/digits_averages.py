"""Digits in PyTorch, with averages of the weights

Small batches and a rate that stays high make the weights wander. Their running average does not:
`use_ema=True` keeps it in the same pass as the step, and `averaged()` puts it into the model
while it is evaluated. Training goes on with the weights as they were.

Needs: adamas[torch,plot] scikit-learn
"""

import torch
from sklearn.datasets import load_digits

import adamas.torch as optim
from adamas.pictures import colour, legend, new_figure, plain_axes

torch.manual_seed(0)
digits = load_digits()
pixels = torch.tensor(digits.data / 16, dtype=torch.float32)
labels = torch.tensor(digits.target)

model = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.Tanh(), torch.nn.Linear(64, 10))
optimizer = optim.AdamW(model.parameters(), lr=0.02, use_ema=True, ema_momentum=0.99)


def wrong():
    """The share of test digits that are misread, in percent."""
    with torch.no_grad():
        return 100 * (model(pixels[1200:]).argmax(1) != labels[1200:]).float().mean().item()


steps, plain, averaged = [], [], []
for step in range(1, 401):
    batch = torch.randint(1200, (16,))
    loss = torch.nn.functional.cross_entropy(model(pixels[batch]), labels[batch])
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    if step % 20 == 0 and step > 80:
        steps.append(step)
        plain.append(wrong())
        with optimizer.averaged():
            averaged.append(wrong())

print(f"misread at the end: {plain[-1]:.1f} % plain, {averaged[-1]:.1f} % averaged")

figure = new_figure(5.6, 3.1)
title, labels = "Digits that are misread", ("step", "of the test digits (%)")
axes = plain_axes(figure.add_subplot(), title, labels)
axes.plot(steps, plain, color=colour(1), linewidth=1.2, label="weights as they are")
axes.plot(steps, averaged, color=colour(0), linewidth=2.2, label="averages of the weights")
axes.set_ylim(0, None)
legend(axes)
figure.savefig("digits_averages.png")

"""States on the host: the bits of an optimizer on the CPU, whole steps, and copies in time."""

import copy
import io
import signal
import warnings

import pytest

import adamas
from adamas import schedules
from adamas.errors import ArrayError, ConfigurationError, NonFiniteError, StateError
from adamas.frameworks.torch import buckets, offload, on_device
from adamas.frameworks.torch.transport import PlainCopies, StreamCopies
from late_streams import LateStreams
from torch_cases import identity, optim, picture, same_bits, torch


@pytest.fixture(autouse=True)
def small_buckets(monkeypatch):
    """Several of them in small models."""
    monkeypatch.setattr(buckets, "BUCKET", 200)


def model_of():
    torch.manual_seed(0)
    layers = [torch.nn.Linear(6, 6), torch.nn.Tanh(), torch.nn.Linear(6, 6), torch.nn.Linear(6, 2)]
    return torch.nn.Sequential(*layers)


def loss_of(model, step):
    chance = torch.Generator().manual_seed(step)
    return model(torch.randn(8, 6, generator=chance)).square().mean()


def trained(name, arguments, backward=False, calls=5, dtype=None, look=None):
    model = model_of().to(dtype)
    optimizer = getattr(optim, name)(model.named_parameters(), **{"lr": 0.01, **arguments})
    if backward:
        optim.apply_in_backward(model, optimizer)
    for step in range(calls):
        optimizer.zero_grad()
        (loss_of if dtype is None else half_loss)(model, step).backward()
        if backward:
            assert all(p.grad is None for p in model.parameters())
        optimizer.step()
        if look is not None:
            look(model)
    return model, optimizer


def half_loss(model, step):
    chance = torch.Generator().manual_seed(step)
    return model(torch.randn(8, 6, generator=chance).to(model[0].weight.dtype)).square().mean()


CASES = [
    ("Adam", {}),
    ("AdamW", {"weight_decay": 0.1, "amsgrad": True}),
    ("Adam", {"global_clipnorm": 0.01}),
    ("Adam", {"clipnorm": 0.01, "use_ema": True, "nonfinite": "skip"}),
    ("SGD", {"momentum": 0.9, "clipvalue": 0.01, "lr": schedules.ExponentialDecay(0.1, 1, 0.5)}),
    ("Adafactor", {}),
    ("Lion", {"gradient_accumulation_steps": 2}),
    ("Muon", {"states": "bfloat16"}),
    ("Prodigy", {}),
    ("ScheduleFreeAdamW", {}),
]


@pytest.mark.parametrize("backward", [False, True], ids=["step", "in the backward pass"])
@pytest.mark.parametrize(("name", "arguments"), CASES, ids=identity)
def test_the_bits_are_those_of_an_optimizer_on_the_cpu(name, arguments, backward):
    plain, wanted = trained(name, arguments)
    model, optimizer = trained(name, {**arguments, "offload": "cpu"}, backward)
    assert same_bits(list(model.parameters()), list(plain.parameters()))
    assert picture(optimizer) == picture(wanted)
    assert optimizer.gradient_norm == wanted.gradient_norm


@pytest.mark.parametrize("master", ["float32", "remainder", "stochastic"])
def test_weights_of_16_bits_keep_their_masters_on_the_host(master):
    arguments = {"master": master, "states": "bfloat16"}
    plain, wanted = trained("Adam", arguments, dtype=torch.bfloat16)
    model, optimizer = trained("Adam", {**arguments, "offload": "cpu"}, dtype=torch.bfloat16)
    assert same_bits(list(model.parameters()), list(plain.parameters()))
    assert picture(optimizer) == picture(wanted)


# -- the device, whose copies come late


def streams(monkeypatch, transport=StreamCopies):
    late = LateStreams()
    monkeypatch.setattr(offload, "transport_of", lambda device: transport(device, late))
    return late


class NobodyWaits(StreamCopies):
    """The host reads before copies have come."""

    def down(self, pairs):
        super().down(pairs)
        return lambda: None


class NoEnd(StreamCopies):
    """The device computes with weights that have not come up."""

    def end(self):
        pass


def late_bits(monkeypatch, transport, arguments, backward):
    late = streams(monkeypatch, transport)
    with late.instead():
        given = {**arguments, "offload": "cpu"}
        model, _ = trained("Adam", given, backward, look=lambda _: late.compute())
    assert late.copies >= 5 * 3 * len(list(model.parameters()))
    return list(model.parameters())


@pytest.mark.parametrize("backward", [False, True], ids=["step", "in the backward pass"])
@pytest.mark.parametrize("arguments", [{}, {"global_clipnorm": 0.01}], ids=identity)
def test_copies_on_streams_are_waited_for(arguments, backward, monkeypatch):
    plain, _ = trained("Adam", arguments)
    found = late_bits(monkeypatch, StreamCopies, arguments, backward)
    assert same_bits(found, list(plain.parameters()))


@pytest.mark.parametrize("transport", [NobodyWaits, NoEnd])
def test_copies_that_nobody_waits_for_are_noticed(transport, monkeypatch):
    plain, _ = trained("Adam", {})
    assert not same_bits(late_bits(monkeypatch, transport, {}, False), list(plain.parameters()))


class Counting(PlainCopies):
    """Counts buckets that have set out, and not yet been waited for."""

    def __init__(self):
        self.coming = self.most = self.bytes = 0

    def room(self, size):
        self.bytes += size
        return super().room(size)

    def down(self, pairs):
        super().down(pairs)
        self.coming += 1
        self.most = max(self.most, self.coming)
        return self.arrive

    def arrive(self):
        self.coming -= 1


def counted(monkeypatch, **arguments):
    counting = Counting()
    monkeypatch.setattr(offload, "transport_of", lambda device: counting)
    model = torch.nn.ParameterList(torch.zeros(50) for _ in range(40))
    optimizer = optim.Adam(model.parameters(), lr=0.1, offload="cpu", **arguments)
    for _ in range(2):
        sum(p.sum() for p in model).backward()
        optimizer.step()
    assert counting.coming == 0
    return counting


def test_no_more_than_some_buckets_are_under_way(monkeypatch):
    few = counted(monkeypatch)
    assert few.most == buckets.AHEAD
    assert few.bytes == buckets.AHEAD * 256  # 200 bytes, aligned
    # The norm of all gradients is known when all have come.
    many = counted(monkeypatch, global_clipnorm=1.0)
    assert many.most == 40
    assert many.bytes == 40 * 256


# -- laws


def test_what_is_written_into_a_weight_counts_also_behind_pytorchs_back():
    def clamp(model):
        for parameter in model.parameters():
            parameter.data.clamp_(-0.1, 0.1)

    plain, _ = trained("SGD", {"lr": 0.5}, look=clamp)
    model, _ = trained("SGD", {"lr": 0.5, "offload": "cpu"}, look=clamp)
    assert same_bits(list(model.parameters()), list(plain.parameters()))


def test_pytorch_knows_that_weights_were_written():
    model = model_of()
    optimizer = optim.SGD(model.parameters(), lr=0.1, offload="cpu")
    loss = loss_of(model, 0)
    loss.backward(retain_graph=True)
    optimizer.step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


@pytest.mark.parametrize("arguments", [{}, {"global_clipnorm": 0.01}], ids=identity)
def test_a_step_that_a_signal_comes_into_is_whole(arguments, monkeypatch):
    class Interrupting(PlainCopies):
        left = 2

        def down(self, pairs):
            self.left -= 1
            if not self.left:
                signal.raise_signal(signal.SIGINT)
            return super().down(pairs)

    plain, wanted = trained("Adam", arguments, calls=1)
    model = model_of()
    monkeypatch.setattr(offload, "transport_of", lambda device: Interrupting())
    optimizer = optim.Adam(model.named_parameters(), lr=0.01, offload="cpu", **arguments)
    optimizer.ready().ensure_all()
    loss_of(model, 0).backward()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            optimizer.step()
    finally:
        signal.signal(signal.SIGINT, before)
    assert same_bits(list(model.parameters()), list(plain.parameters()))
    assert picture(optimizer) == picture(wanted)


def seen(model, optimizer):
    return [p.detach().clone() for p in model.parameters()], picture(optimizer)


def test_a_call_that_is_refused_changes_nothing():
    model, optimizer = trained("Adam", {"offload": "cpu"})
    before, state = seen(model, optimizer)
    loss_of(model, 9).backward()
    first = model[0].weight  # the last that is stepped
    first.data = torch.zeros(6, 6, dtype=torch.float64)
    with pytest.raises(ArrayError, match="must stay"):
        optimizer.step()
    first.data = before[0].clone()
    kept, optimizer.state[first]["exp_avg"] = optimizer.state[first]["exp_avg"], torch.zeros(5, 6)
    with pytest.raises(ArrayError, match="must keep the shape"):
        optimizer.step()
    optimizer.state[first]["exp_avg"] = kept
    assert same_bits(list(model.parameters()), before)
    assert picture(optimizer)[1:] == state[1:]


def test_no_step_is_made_where_averages_are_in_place():
    model, optimizer = trained("Adam", {"use_ema": True, "offload": "cpu"})
    own, state = seen(model, optimizer)
    with optimizer.averaged():
        assert not same_bits(list(model.parameters()), own)
        loss_of(model, 0).backward()
        with pytest.raises(StateError, match="averages"):
            optimizer.step()
    assert same_bits(list(model.parameters()), own)
    assert picture(optimizer) == state


@pytest.mark.parametrize("backward", [False, True], ids=["step", "in the backward pass"])
def test_what_is_not_finite_leaves_everything(backward):
    model, optimizer = trained("Adam", {"nonfinite": "raise", "offload": "cpu"}, backward)
    before, state = seen(model, optimizer)
    optimizer.zero_grad()
    (loss_of(model, 0) * torch.inf).backward()
    with pytest.raises(NonFiniteError):
        optimizer.step()
    assert same_bits(list(model.parameters()), before)
    assert picture(optimizer) == state


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"offload": "cuda"}, "offload must be 'cpu'"),
        ({"offload": "cpu", "compiler": "triton"}, "the CPU makes the steps"),
    ],
    ids=["elsewhere", "by Triton"],
)
def test_offload_is_to_the_host(given, said):
    with pytest.raises(ConfigurationError, match=said):
        optim.Adam(model_of().parameters(), **given)


def test_a_number_on_a_device_is_not_read_once_and_forgotten(monkeypatch):
    monkeypatch.setattr(on_device, "is_elsewhere", lambda tensor: True)
    model = model_of()
    optimizer = optim.SGD(model.parameters(), lr=torch.tensor(0.1), offload="cpu")
    loss_of(model, 0).backward()
    before = [p.detach().clone() for p in model.parameters()]
    with pytest.raises(ConfigurationError, match="must be a number there"):
        optimizer.step()
    assert same_bits(list(model.parameters()), before)
    optimizer.param_groups[0]["lr"] = 0.1
    optimizer.step()


# -- life


def scaled(offload):
    model = model_of()
    optimizer = optim.AdamW(model.named_parameters(), lr=0.01, global_clipnorm=1.0, offload=offload)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**126, growth_interval=2)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the first steps overflow
        for step in range(6):
            optimizer.zero_grad()
            scaler.scale(loss_of(model, step) * 8).backward()
            scaler.step(optimizer)
            scaler.update()
            scheduler.step()
    assert 0 < optimizer.iterations < 6
    return model, optimizer


def grown(offload):
    model, late = model_of(), torch.nn.Linear(2, 2)
    torch.nn.init.ones_(late.weight)
    torch.nn.init.zeros_(late.bias)
    optimizer = optim.Adam(model.parameters(), lr=0.01, offload=offload)
    for step in range(4):
        if step == 2:
            optimizer.add_param_group({"params": list(late.parameters()), "lr": 0.1})
        optimizer.zero_grad()
        late(model(torch.full((3, 6), 0.1 * step))).sum().backward()
        optimizer.step()
    return torch.nn.Sequential(model, late), optimizer


def flushed(offload):
    arguments = {"gradient_accumulation_steps": 2, "use_ema": True, "offload": offload}
    model, optimizer = trained("Adam", arguments, calls=3)
    assert optimizer.flush()
    optimizer.finalize()
    return model, optimizer


def with_closure(offload):
    model = model_of()
    optimizer = optim.wrap(adamas.PolyakSGD)(model.parameters(), offload=offload)

    def closure():
        optimizer.zero_grad()
        loss = loss_of(model, 0)
        loss.backward()
        return loss

    for _ in range(3):
        optimizer.step(closure)
    return model, optimizer


def several(offload):
    model = model_of()
    pairs = [(lambda name, shape: len(shape) == 2, adamas.Muon(0.02)), ("", adamas.AdamW(1e-3))]
    known = {"global_clipnorm": 0.1, "offload": offload}
    optimizer = optim.MultiOptimizer(model.named_parameters(), pairs, **known)
    for step in range(3):
        optimizer.zero_grad()
        loss_of(model, step).backward()
        optimizer.step()
    return model, optimizer


def changed(offload):
    """Copies, pickles and states go on, each in the other kind."""
    model, optimizer = trained("Adam", {"use_ema": True, "offload": offload}, calls=2)
    loss_of(model, 2).backward()
    buffer = io.BytesIO()
    torch.save(optimizer.state_dict(), buffer)
    buffer.seek(0)
    other = copy.deepcopy(model)
    for one, grad in zip(other.parameters(), model.parameters(), strict=True):
        one.grad = grad.grad
    given = {"use_ema": True, "offload": None if offload else "cpu"}
    second = optim.Adam(other.named_parameters(), lr=0.01, **given)
    second.load_state_dict(torch.load(buffer))
    assert all(v.device.type == "cpu" for e in second.state.values() for v in e.values())
    *copies, copied = copy.deepcopy([*other.parameters(), second])
    for one, grad in zip(copies, model.parameters(), strict=True):
        one.grad = grad.grad
    second.step()
    copied.step()
    assert picture(copied) == picture(second)
    return other, second


LIVES = [scaled, grown, flushed, with_closure, several, changed]


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.__name__)
def test_a_life_is_that_of_an_optimizer_on_the_cpu(life):
    plain, wanted = life(None)
    model, optimizer = life("cpu")
    assert same_bits(list(model.parameters()), list(plain.parameters()))
    assert picture(optimizer) == picture(wanted)


def test_files_go_both_ways(tmp_path):
    model, optimizer = trained("Adam", {"offload": "cpu", "use_ema": True})
    optimizer.save(tmp_path / "state")
    other = copy.deepcopy(model)
    plain = optim.Adam(other.named_parameters(), lr=0.01, use_ema=True)
    plain.load(tmp_path / "state")
    assert picture(plain) == picture(optimizer)
    plain.save(tmp_path / "again")
    again = optim.Adam(other.named_parameters(), lr=0.01, use_ema=True, offload="cpu")
    again.load(tmp_path / "again")
    assert picture(again) == picture(optimizer)


def test_gradients_that_have_come_down_are_not_lost_by_loading():
    plain, wanted = trained("Adam", {}, calls=3)
    model, optimizer = trained("Adam", {"offload": "cpu"}, calls=2, backward=True)
    loss_of(model, 2).backward()
    optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    optimizer.step()
    assert same_bits(list(model.parameters()), list(plain.parameters()))
    assert optimizer.iterations == wanted.iterations == 3

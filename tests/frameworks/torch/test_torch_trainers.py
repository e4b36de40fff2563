"""`adamas.torch` where people use it: a plain loop, Lightning, Transformers' Trainer, Accelerate.

Small random models, nothing is downloaded. Each of them is stopped and resumed, bit for bit.
"""

import pytest

from torch_cases import assert_close, optim, same_bits, torch

ARGUMENTS = {"lr": 0.05, "weight_decay": 0.1, "global_clipnorm": 1.0, "use_ema": True}


def model_of():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))


def examples(count=32):
    inputs = torch.randn(count, 4, generator=torch.Generator().manual_seed(1))
    return inputs, inputs.mean(1, keepdim=True)


def batches():
    data = torch.utils.data.TensorDataset(*examples())
    return torch.utils.data.DataLoader(data, batch_size=8)


def error_of(model):
    with torch.no_grad():
        inputs, targets = examples()
        return torch.nn.functional.mse_loss(model(inputs), targets).item()


def assert_resumed(resumed, whole):
    """The same weights, which did learn."""
    assert same_bits(list(resumed.parameters()), list(whole.parameters()))
    assert error_of(whole) < 0.7 * error_of(model_of())


# -- a plain loop ---------------------------------------------------------------------------------


def plain_epochs(model, optimizer, scheduler, epochs):
    for _ in range(epochs):
        for inputs, targets in batches():
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(model(inputs), targets).backward()
            optimizer.step()
        scheduler.step()


def plain_start():
    model = model_of()
    optimizer = optim.AdamW(model.named_parameters(), **ARGUMENTS)
    return model, optimizer, torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=6)


def test_a_plain_loop(tmp_path):
    whole = plain_start()
    plain_epochs(*whole, 6)
    first = plain_start()
    plain_epochs(*first, 3)
    file = tmp_path / "state.pt"
    torch.save([part.state_dict() for part in first], file)
    second = plain_start()
    for part, state in zip(second, torch.load(file, weights_only=True), strict=True):
        part.load_state_dict(state)
    plain_epochs(*second, 3)
    assert_resumed(second[0], whole[0])


def test_a_loop_that_forgets_the_optimizer_is_seen():
    whole = plain_start()
    plain_epochs(*whole, 6)
    first, second = plain_start(), plain_start()
    plain_epochs(*first, 3)
    second[0].load_state_dict(first[0].state_dict())
    second[2].load_state_dict(first[2].state_dict())
    plain_epochs(*second, 3)
    with pytest.raises(AssertionError):
        assert_resumed(second[0], whole[0])


# -- Lightning ------------------------------------------------------------------------------------


# Lightning 2.6 asks PyTorch 2.13 in a way that is deprecated, and recommends workers.
LIGHTNING = pytest.mark.filterwarnings(
    r"ignore:`isinstance\(treespec, LeafSpec\)` is deprecated:FutureWarning",
    "ignore:The 'train_dataloader' does not have many workers:UserWarning",
)


def lightning_module(lightning):
    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.model = model_of()

        def training_step(self, batch, index):
            return torch.nn.functional.mse_loss(self.model(batch[0]), batch[1])

        def configure_optimizers(self):
            optimizer = optim.AdamW(self.model.parameters(), **ARGUMENTS)
            scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=6)
            return {"optimizer": optimizer, "lr_scheduler": scheduler}

    return Module()


def lightning_trainer(lightning, folder, epochs, **more):
    return lightning.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        default_root_dir=folder,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        **more,
    )


@LIGHTNING
def test_lightning(tmp_path):
    lightning = pytest.importorskip("lightning")
    whole = lightning_module(lightning)
    lightning_trainer(lightning, tmp_path, 6).fit(whole, batches())
    first = lightning_module(lightning)
    trainer = lightning_trainer(lightning, tmp_path, 3)
    trainer.fit(first, batches())
    trainer.save_checkpoint(tmp_path / "half.ckpt")
    second = lightning_module(lightning)
    trainer = lightning_trainer(lightning, tmp_path, 6)
    trainer.fit(second, batches(), ckpt_path=tmp_path / "half.ckpt")
    assert_resumed(second.model, whole.model)


@LIGHTNING
def test_lightning_accumulates_as_adamas_does(tmp_path):
    """Two batches for a step: Lightning's mean of losses is our mean of gradients."""
    lightning = pytest.importorskip("lightning")
    ours = lightning_module(lightning)
    ours.configure_optimizers = lambda: optim.AdamW(
        ours.model.parameters(), **ARGUMENTS, gradient_accumulation_steps=2
    )
    lightning_trainer(lightning, tmp_path, 2).fit(ours, batches())
    theirs = lightning_module(lightning)
    theirs.configure_optimizers = lambda: optim.AdamW(theirs.model.parameters(), **ARGUMENTS)
    trainer = lightning_trainer(lightning, tmp_path, 2, accumulate_grad_batches=2)
    trainer.fit(theirs, batches())
    assert_close(list(ours.model.parameters()), list(theirs.model.parameters()), 1e-5)
    with pytest.raises(AssertionError):
        assert_close(list(ours.model.parameters()), list(model_of().parameters()), 1e-2)


@LIGHTNING
@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_lightning_clips_where_it_has_no_scaler(tmp_path, precision):
    """Its clip of all gradients is our global clip."""
    lightning = pytest.importorskip("lightning")
    models = []
    for clips in ({"gradient_clip_val": 0.1}, {}):
        module = lightning_module(lightning)
        own = {} if clips else {"global_clipnorm": 0.1}
        plain = {name: value for name, value in ARGUMENTS.items() if "clip" not in name}
        parameters = module.model.parameters()
        made = optim.AdamW(parameters, **plain, **own)
        module.configure_optimizers = lambda made=made: made
        lightning_trainer(lightning, tmp_path, 2, precision=precision, **clips).fit(
            module, batches()
        )
        models.append(list(module.model.parameters()))
    assert_close(*models, 1e-5)


# -- Hugging Face Transformers --------------------------------------------------------------------


class Regression(torch.nn.Module):
    """What the Trainer wants: a loss for keywords."""

    def __init__(self):
        super().__init__()
        self.model = model_of()

    def forward(self, x, labels):
        found = self.model(x)
        return {"loss": torch.nn.functional.mse_loss(found, labels), "logits": found}


def rows():
    inputs, targets = examples()
    return [{"x": x, "labels": y} for x, y in zip(inputs, targets, strict=True)]


def trainer_of(transformers, folder, *, given, kind=None, own=ARGUMENTS, **more):
    """With the class and its arguments, or with an optimizer and a scheduler."""
    model = Regression()
    usual = {"num_train_epochs": 4, "save_strategy": "epoch"}
    arguments = transformers.TrainingArguments(
        output_dir=str(folder),
        per_device_train_batch_size=8,
        report_to=[],
        disable_tqdm=True,
        use_cpu=True,
        seed=3,
        max_grad_norm=0.0,
        learning_rate=ARGUMENTS["lr"],
        dataloader_pin_memory=False,
        **{**usual, **more},
    )
    if given == "class":
        how = {"optimizer_cls_and_kwargs": (optim.AdamW, own)}
    else:
        optimizer = optim.AdamW(model.parameters(), **ARGUMENTS)
        scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.1, total_iters=16)
        how = {"optimizers": (optimizer, scheduler)}
    made = transformers.Trainer if kind is None else kind
    return made(model=model, args=arguments, train_dataset=rows(), **how)


@pytest.mark.parametrize("given", ["class", "optimizer"])
def test_transformers_trainer(tmp_path, given, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("accelerate")
    whole = trainer_of(transformers, tmp_path / "whole", given=given)
    whole.train()
    second = trainer_of(transformers, tmp_path / "second", given=given)
    second.train(resume_from_checkpoint=str(tmp_path / "whole" / "checkpoint-8"))
    assert second.state.global_step == 16
    assert_resumed(second.model.model, whole.model.model)


# -- Hugging Face Accelerate ----------------------------------------------------------------------


def accelerated(accelerate):
    accelerator = accelerate.Accelerator(cpu=True, gradient_accumulation_steps=2)
    model = model_of()
    optimizer = optim.AdamW(model.parameters(), **ARGUMENTS)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 4, gamma=0.5)
    return accelerator, *accelerator.prepare(model, optimizer, batches(), scheduler)


def accelerated_epochs(accelerator, model, optimizer, loader, scheduler, epochs):
    for _ in range(epochs):
        for inputs, targets in loader:
            with accelerator.accumulate(model):
                loss = torch.nn.functional.mse_loss(model(inputs), targets)
                accelerator.backward(loss)
                optimizer.step()
                if scheduler is not None:
                    scheduler.step()
                optimizer.zero_grad()


def test_accelerate(tmp_path):
    accelerate = pytest.importorskip("accelerate")
    whole = accelerated(accelerate)
    accelerated_epochs(*whole, 8)
    first = accelerated(accelerate)
    accelerated_epochs(*first, 4)
    first[0].save_state(str(tmp_path / "state"))
    first[0].free_memory()
    second = accelerated(accelerate)
    second[0].load_state(str(tmp_path / "state"))
    accelerated_epochs(*second, 4)
    assert_resumed(second[1], whole[1])
    steps = {int(entry["step"]) for entry in second[2].state.values()}
    assert steps == {16}  # 8 epochs of 4 batches, two to a step


# -- groups of batches that an epoch does not fill ------------------------------------------------

ONE = {**ARGUMENTS, "weight_decay": 0.0}  # of which the Trainer has its own opinion
THREE = {**ONE, "gradient_accumulation_steps": 3}  # of four batches


def plainly(ends=lambda optimizer: optimizer.flush(), arguments=THREE, steps=range(4), divisor=1):
    """The parameters after two epochs; some batches make steps, with gradients that add up."""
    model = model_of()
    optimizer = optim.AdamW(model.parameters(), **arguments)
    for _ in range(2):
        for place, (inputs, targets) in enumerate(batches()):
            (torch.nn.functional.mse_loss(model(inputs), targets) / divisor).backward()
            if place in steps:
                optimizer.step()
                optimizer.zero_grad()
        ends(optimizer)
    return list(model.parameters())


def by_whole_groups():
    """As if the batches that are missing had gradients of 0."""
    return plainly(lambda optimizer: None, ONE, (2, 3), 3)


def by_lightning(lightning, folder, arguments, **more):
    module = lightning_module(lightning)
    module.configure_optimizers = lambda: optim.AdamW(module.parameters(), **arguments)
    if not more:
        module.on_train_epoch_end = lambda: module.optimizers().optimizer.flush()
    lightning_trainer(lightning, folder, 2, **more).fit(module, batches())
    return list(module.parameters())


@LIGHTNING
def test_lightning_flushes_or_divides_by_the_whole_number(tmp_path):
    lightning = pytest.importorskip("lightning")
    assert same_bits(by_lightning(lightning, tmp_path, THREE), plainly())
    more = {"accumulate_grad_batches": 3}
    assert_close(by_lightning(lightning, tmp_path, ONE, **more), by_whole_groups(), 1e-6)


def by_transformers(transformers, folder, arguments, **more):
    class Flushing(transformers.TrainerCallback):
        def on_epoch_end(self, args, state, control, optimizer, **others):
            optimizer.optimizer.flush()

    class InOrder(transformers.Trainer):
        def _get_train_sampler(self, *others):
            return torch.utils.data.SequentialSampler(self.train_dataset)

    how = {"save_strategy": "no", "num_train_epochs": 2, "lr_scheduler_type": "constant", **more}
    trainer = trainer_of(transformers, folder, given="class", kind=InOrder, own=arguments, **how)
    if not more:
        trainer.add_callback(Flushing())
    trainer.train()
    return list(trainer.model.parameters())


def test_transformers_flushes_or_has_the_mean_of_what_came(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("accelerate")
    assert same_bits(by_transformers(transformers, tmp_path, THREE), plainly())
    more = {"gradient_accumulation_steps": 3}
    assert_close(by_transformers(transformers, tmp_path, ONE, **more), plainly(), 1e-6)


def by_accelerate(accelerate, arguments, steps):
    accelerator = accelerate.Accelerator(cpu=True, gradient_accumulation_steps=steps)
    optimizer = optim.AdamW((model := model_of()).parameters(), **arguments)
    prepared = accelerator.prepare(model, optimizer, batches())
    for _ in range(2):
        accelerated_epochs(accelerator, *prepared, None, 1)
        if steps == 1:
            prepared[1].optimizer.flush()
    return list(model.parameters())


def test_accelerate_flushes_or_divides_by_the_whole_number():
    accelerate = pytest.importorskip("accelerate")
    assert same_bits(by_accelerate(accelerate, THREE, 1), plainly())
    assert_close(by_accelerate(accelerate, ONE, 3), by_whole_groups(), 1e-6)


def test_a_group_that_is_not_closed_is_seen():
    for other in (plainly(lambda optimizer: None), by_whole_groups()):
        with pytest.raises(AssertionError):
            assert_close(other, plainly(), 1e-3)

"""What users of other libraries write to an optimizer of PyTorch, and what they are told."""

_STEP = "A step is loss.backward(), then optimizer.step()."
_ARRAYS = "For arrays and gradients of your own: adamas.Adam().apply(grads, params)."
_GROUPS = "Arguments are those of groups: optimizer.param_groups[0]"

HABITS = {
    **{
        word: f"{_GROUPS}[{word!r}]." for word in ("lr", "betas", "eps", "momentum", "weight_decay")
    },
    "learning_rate": f"{_GROUPS}['lr'].",
    "beta_1": f"{_GROUPS}['betas'].",
    "beta_2": f"{_GROUPS}['betas'].",
    "epsilon": f"{_GROUPS}['eps'].",
    "apply": f"{_STEP} {_ARRAYS}",
    "apply_gradients": f"{_STEP} {_ARRAYS}",
    "update": f"{_STEP} {_ARRAYS}",
    "minimize": f"{_STEP} {_ARRAYS}",
    "init": "The state is made by the first step.",
    "build": "The state is made by the first step.",
    "scale_loss": "Scale it by torch.amp.GradScaler, or by loss_scale_factor yourself.",
    "get_config": "Arguments are in optimizer.param_groups, the state in state_dict().",
    "finalize_variable_values": "Averages are written by optimizer.finalize().",
    "variables": "The state is in optimizer.state, and in state_dict().",
}

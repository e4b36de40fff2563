"""One optimizer, one file: its equations, its declaration, its rule; and one line here.

The doors, `adamas`, `adamas.torch` and `adamas.keras`, take their names from this list.
"""

from ..optimizer import Optimizer
from .acprop import ACProp as ACProp
from .adabelief import AdaBelief as AdaBelief
from .adadelta import Adadelta as Adadelta
from .adafactor import Adafactor as Adafactor
from .adagrad import Adagrad as Adagrad
from .adahessian import AdaHessian as AdaHessian
from .adam import Adam as Adam
from .adam_mini import AdamMini as AdamMini
from .adamax import Adamax as Adamax
from .adamaxw import AdamaxW as AdamaxW
from .adamw import AdamW as AdamW
from .adan import Adan as Adan
from .ademamix import AdEMAMix as AdEMAMix
from .adopt import ADOPT as ADOPT
from .asgd import ASGD as ASGD
from .cocob import COCOB as COCOB
from .dadapt_adam import DAdaptAdam as DAdaptAdam
from .dog import DoG as DoG
from .dowg import DoWG as DoWG
from .fromage import Fromage as Fromage
from .ftrl import Ftrl as Ftrl
from .galore import GaLore as GaLore
from .kl_shampoo import KLShampoo as KLShampoo
from .kl_soap import KLSOAP as KLSOAP
from .lamb import Lamb as Lamb
from .laprop import LaProp as LaProp
from .lars import LARS as LARS
from .lion import Lion as Lion
from .loss_scale import LossScaleOptimizer as LossScaleOptimizer
from .madgrad import MADGRAD as MADGRAD
from .mars import MARS as MARS
from .matrix import MatrixOptimizer as MatrixOptimizer
from .momo import MoMo as MoMo
from .momo_adam import MoMoAdam as MoMoAdam
from .multi import MultiOptimizer as MultiOptimizer
from .muon import Muon as Muon
from .nadam import Nadam as Nadam
from .noisy_sgd import NoisySGD as NoisySGD
from .normuon import NorMuon as NorMuon
from .novograd import NovoGrad as NovoGrad
from .optimistic_adam import OptimisticAdam as OptimisticAdam
from .optimistic_gradient_descent import OptimisticGradientDescent as OptimisticGradientDescent
from .polyak import PolyakSGD as PolyakSGD
from .prodigy import Prodigy as Prodigy
from .psgd_kron import PSGDKron as PSGDKron
from .radam import RAdam as RAdam
from .rmsprop import RMSprop as RMSprop
from .rprop import Rprop as Rprop
from .schedule_free import ScheduleFreeAdamW as ScheduleFreeAdamW
from .sgd import SGD as SGD
from .sgld import SGLD as SGLD
from .shampoo import Shampoo as Shampoo
from .signum import Signum as Signum
from .simplified_ademamix import SimplifiedAdEMAMix as SimplifiedAdEMAMix
from .sm3 import SM3 as SM3
from .soap import SOAP as SOAP
from .sophia import Sophia as Sophia
from .stable_adamw import StableAdamW as StableAdamW
from .yogi import Yogi as Yogi

_LIST = {
    name: kind
    for name, kind in list(globals().items())
    if isinstance(kind, type) and issubclass(kind, Optimizer) and kind is not Optimizer
}

WITH_RULES = tuple(kind for kind in _LIST.values() if hasattr(kind, "update"))
"""Those that have a rule of their own, and are not made of others."""

__all__ = list(_LIST)  # pyright: ignore[reportUnsupportedDunderAll]  # noqa: PLE0605

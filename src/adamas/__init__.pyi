# Written by docs/stubs.py from the declared fields: edit those, and run it again.
# pyright: reportIncompatibleVariableOverride=false, reportIncompatibleMethodOverride=false
"""adamas: Adam and its family, each rule written once, the whole step in the fewest passes."""




from . import errors as errors
from . import schedules as schedules
from .around import Around as Around
from .compilers.threads import num_threads as num_threads
from .compilers.threads import set_num_threads as set_num_threads
from .errors import AdamasError as AdamasError
from .language.first_values import identity as identity
from .language.matrices import whole_tensor as whole_tensor
from .language.namespaces import array_namespace as array_namespace
from .language.shapes import Shape as Shape
from .language.totals import total as total
from .optimizer import Convention as Convention
from .optimizer import Hyperparameter as Hyperparameter
from .optimizer import Optimizer as Optimizer
from .optimizer import Rate as Rate
from .optimizer import hyperparameter as hyperparameter
from .optimizers import ACProp as ACProp
from .optimizers import AdaBelief as AdaBelief
from .optimizers import Adadelta as Adadelta
from .optimizers import Adafactor as Adafactor
from .optimizers import Adagrad as Adagrad
from .optimizers import AdaHessian as AdaHessian
from .optimizers import Adam as Adam
from .optimizers import AdamMini as AdamMini
from .optimizers import Adamax as Adamax
from .optimizers import AdamaxW as AdamaxW
from .optimizers import AdamW as AdamW
from .optimizers import Adan as Adan
from .optimizers import AdEMAMix as AdEMAMix
from .optimizers import ADOPT as ADOPT
from .optimizers import ASGD as ASGD
from .optimizers import COCOB as COCOB
from .optimizers import DAdaptAdam as DAdaptAdam
from .optimizers import DoG as DoG
from .optimizers import DoWG as DoWG
from .optimizers import Fromage as Fromage
from .optimizers import Ftrl as Ftrl
from .optimizers import GaLore as GaLore
from .optimizers import KLShampoo as KLShampoo
from .optimizers import KLSOAP as KLSOAP
from .optimizers import Lamb as Lamb
from .optimizers import LaProp as LaProp
from .optimizers import LARS as LARS
from .optimizers import Lion as Lion
from .optimizers import LossScaleOptimizer as LossScaleOptimizer
from .optimizers import MADGRAD as MADGRAD
from .optimizers import MARS as MARS
from .optimizers import MatrixOptimizer as MatrixOptimizer
from .optimizers import MoMo as MoMo
from .optimizers import MoMoAdam as MoMoAdam
from .optimizers import MultiOptimizer as MultiOptimizer
from .optimizers import Muon as Muon
from .optimizers import Nadam as Nadam
from .optimizers import NoisySGD as NoisySGD
from .optimizers import NorMuon as NorMuon
from .optimizers import NovoGrad as NovoGrad
from .optimizers import OptimisticAdam as OptimisticAdam
from .optimizers import OptimisticGradientDescent as OptimisticGradientDescent
from .optimizers import PolyakSGD as PolyakSGD
from .optimizers import Prodigy as Prodigy
from .optimizers import PSGDKron as PSGDKron
from .optimizers import RAdam as RAdam
from .optimizers import RMSprop as RMSprop
from .optimizers import Rprop as Rprop
from .optimizers import ScheduleFreeAdamW as ScheduleFreeAdamW
from .optimizers import SGD as SGD
from .optimizers import SGLD as SGLD
from .optimizers import Shampoo as Shampoo
from .optimizers import Signum as Signum
from .optimizers import SimplifiedAdEMAMix as SimplifiedAdEMAMix
from .optimizers import SM3 as SM3
from .optimizers import SOAP as SOAP
from .optimizers import Sophia as Sophia
from .optimizers import StableAdamW as StableAdamW
from .optimizers import Yogi as Yogi
from .serialization import deserialize as deserialize
from .serialization import get as get
from .serialization import serialize as serialize
from .drivers import LBFGS as LBFGS
from .drivers import Driver as Driver
from .runtime.files import convert as convert_state
from .sharpness import sharpness_aware as sharpness_aware
from .training import EarlyStopping as EarlyStopping
from .training import History as History
from .training import fit as fit
from .training import load_parameters as load_parameters

__version__: str

__all__ = [
    "ACProp",
    "ADOPT",
    "ASGD",
    "AdEMAMix",
    "AdaBelief",
    "AdaHessian",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamMini",
    "AdamW",
    "AdamasError",
    "Adamax",
    "AdamaxW",
    "Adan",
    "Around",
    "COCOB",
    "Convention",
    "DAdaptAdam",
    "DoG",
    "DoWG",
    "Driver",
    "EarlyStopping",
    "Fromage",
    "Ftrl",
    "GaLore",
    "History",
    "Hyperparameter",
    "KLSOAP",
    "KLShampoo",
    "LARS",
    "LBFGS",
    "LaProp",
    "Lamb",
    "Lion",
    "LossScaleOptimizer",
    "MADGRAD",
    "MARS",
    "MatrixOptimizer",
    "MoMo",
    "MoMoAdam",
    "MultiOptimizer",
    "Muon",
    "Nadam",
    "NoisySGD",
    "NorMuon",
    "NovoGrad",
    "OptimisticAdam",
    "OptimisticGradientDescent",
    "Optimizer",
    "PSGDKron",
    "PolyakSGD",
    "Prodigy",
    "RAdam",
    "RMSprop",
    "Rate",
    "Rprop",
    "SGD",
    "SGLD",
    "SM3",
    "SOAP",
    "ScheduleFreeAdamW",
    "Shampoo",
    "Shape",
    "Signum",
    "SimplifiedAdEMAMix",
    "Sophia",
    "StableAdamW",
    "Yogi",
    "__version__",
    "array_namespace",
    "convert_state",
    "deserialize",
    "errors",
    "fit",
    "get",
    "hyperparameter",
    "identity",
    "load_parameters",
    "num_threads",
    "schedules",
    "serialize",
    "set_num_threads",
    "sharpness_aware",
    "total",
    "whole_tensor",
]

"""Echelon: a working model of an integrated biopharma company, simulated into many futures.

>>> import echelon
>>> company = echelon.load(echelon.example("biotech"))
>>> run = echelon.simulate(company, futures=1000, seed=1)
>>> run.measure("enpv")["unit"]
'money'
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from echelon.company.read import load as load
    from echelon.examples import example as example
    from echelon.runs.compare import compare as compare
    from echelon.runs.run import open_run as open_run
    from echelon.runs.simulate import simulate as simulate

_HOMES = {
    "compare": "echelon.runs.compare",
    "example": "echelon.examples",
    "load": "echelon.company.read",
    "open_run": "echelon.runs.run",
    "simulate": "echelon.runs.simulate",
}

__all__ = ["__version__", "compare", "example", "load", "open_run", "simulate"]


def __getattr__(name: str) -> Any:
    """Bring in what is asked for only then, so that `import echelon` and the command line start at once."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    msg = f"echelon has no `{name}`; it has {', '.join(__all__)}"
    raise AttributeError(msg)

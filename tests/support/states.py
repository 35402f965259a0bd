"""The working memory of the rules after each of the first futures."""

from collections.abc import Iterator

from echelon.futures.build.build import Built
from echelon.futures.engine import Engine
from echelon.futures.state import State


def states(found: Built, futures: int) -> Iterator[State]:
    """The state that each of the first futures leaves; valid until the next."""
    engine = Engine(found.model)
    for future in range(futures):
        yield engine.one(future)[1]

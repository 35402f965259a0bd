"""Reading an instance's JSON value by value: types, names, ranges and defaults, every complaint with its place."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from echelon.company.diagnostics import Log, Place, nearest
from echelon.supply.campaign.jsonfile import Node

LARGEST = Decimal(10**9)
"""No quantity, price or time of an instance is larger."""
SMALLEST = Decimal("1e-9")
MOST_NAMES = 1_000
MOST_CELLS = 200_000
"""Suites times products times periods of the largest instance that is tried."""

NAME_LENGTH = 80


class Fields:
    """Takes values out of nodes and logs what is wrong; what is wrong comes back as None or left out."""

    def __init__(self, log: Log) -> None:
        self._log = log

    @property
    def log(self) -> Log:
        """Where complaints go."""
        return self._log

    def bad(self) -> bool:
        """Whether anything was wrong so far."""
        return self._log.failed

    def members(self, node: Node, what: str) -> dict[str, Node]:
        """Members of an object."""
        if isinstance(node.value, dict):
            return node.value
        self.wrong_type(node, what, "an object, { … }")
        return {}

    def wrong_type(self, node: Node, what: str, right: str) -> None:
        """Say that a value is of another type."""
        self.log.wrong(node.place, "E652", f"{what} is {node.kind}; it should be {right}")

    def unknown(self, members: Mapping[str, Node], known: Iterable[str], where: str) -> None:
        """Warn of keys that nothing reads."""
        known = list(known)
        for key, node in members.items():
            if key not in known:
                place = node.key_place or node.place
                self.log.warn(place, "W650", f"`{key}` is no key of {where}; it is not used", nearest(key, known))

    def missing(self, place: Place, key: str, where: str, members: Mapping[str, Node]) -> None:
        """Say that a key is not there."""
        self.log.wrong(place, "E653", f"{where} needs `{key}`", nearest(key, members))

    def number(
        self, node: Node, what: str, low: Fraction = Fraction(0), above: bool = False, whole: bool = False
    ) -> Fraction | None:
        """A number from `low` (or above it)."""
        if not isinstance(node.value, Decimal):
            self.wrong_type(node, what, "a whole number" if whole else "a number")
            return None
        value = node.value
        if value and (abs(value) > LARGEST or abs(value) < SMALLEST):
            self.log.wrong(
                node.place,
                "E654",
                f"{what} is {node.value:.3g}; sizes from {SMALLEST:.0e} to {LARGEST:.0e} are planned",
            )
            return None
        if value < low or (above and value == low):
            self.log.wrong(
                node.place, "E654", f"{what} is {value}; it must be {'above' if above else 'at least'} {low}"
            )
            return None
        if whole and value != value.to_integral_value():
            self.log.wrong(node.place, "E654", f"{what} is {value}; it must be a whole number")
            return None
        return Fraction(value)

    def truth(self, node: Node, what: str) -> bool | None:
        """True or false."""
        if isinstance(node.value, bool):
            return node.value
        self.wrong_type(node, what, "true or false")
        return None

    def names(self, node: Node, what: str, prefix: str = "") -> tuple[str, ...]:
        """A list of different names; with a prefix also how many, which are then named by it."""
        if prefix and isinstance(node.value, Decimal):
            count = self.number(node, what, Fraction(1), whole=True)
            if count is None or count > MOST_NAMES:
                if count is not None:
                    self.log.wrong(node.place, "E657", f"{what} is {int(count):,}; at most {MOST_NAMES:,} are planned")
                return ()
            return tuple(f"{prefix}{i + 1}" for i in range(int(count)))
        if not isinstance(node.value, list):
            self.wrong_type(node, what, "a list of names, [ … ]")
            return ()
        found: dict[str, None] = {}
        for item in node.value:
            name = item.value
            if not isinstance(name, str) or not name.strip() or len(name) > NAME_LENGTH:
                self.log.wrong(item.place, "E652", f"a name in {what} must be a text of 1 to {NAME_LENGTH} characters")
            elif name in found:
                self.log.wrong(item.place, "E655", f"`{name}` stands twice in {what}")
            else:
                found[name] = None
        if not node.value:
            self.log.wrong(node.place, "E653", f"{what} is empty; at least one name is needed")
        if len(found) > MOST_NAMES:
            self.log.wrong(node.place, "E657", f"{what} has {len(found):,} names; at most {MOST_NAMES:,} are planned")
            return ()
        return tuple(found)

    def known(self, name: str, place: Place, what: str, names: Sequence[str]) -> bool:
        """Whether a name is one of the names; says so if not."""
        if name in names:
            return True
        self.log.wrong(place, "E655", f"`{name[:NAME_LENGTH]}` is no {what}", nearest(name, names))
        return False

    def by_name(
        self, node: Node, what: str, kind: str, names: Sequence[str], low: Fraction = Fraction(0),
        above: bool = False, whole: bool = False, default: Fraction | None = None, none: bool = False,
    ) -> dict[str, Fraction]:  # fmt: skip
        """A number for every name: one for all, or an object name to number; null where `none` leaves the name out."""
        if isinstance(node.value, Decimal):
            one = self.number(node, what, low, above, whole)
            return {} if one is None else dict.fromkeys(names, one)
        members = self.members(node, what)
        found: dict[str, Fraction] = {}
        for name, item in members.items():
            if not self.known(name, item.key_place or item.place, kind, names) or (none and item.value is None):
                continue
            value = self.number(item, f"{what} of {name}", low, above, whole)
            if value is not None:
                found[name] = value
        lacking = [name for name in names if name not in members]
        if isinstance(node.value, dict) and lacking and not none:
            if default is None:
                self.log.wrong(node.place, "E653", f"{what} says nothing of {_few(lacking)}")
            else:
                found |= dict.fromkeys(lacking, default)
        return found

    def profile(self, node: Node, what: str, periods: Sequence[str], whole: bool = False) -> tuple[Fraction, ...]:
        """One number a period: a list of all of them, or an object period to number, 0 where none is given."""
        if isinstance(node.value, list):
            if len(node.value) != len(periods):
                message = f"{what} has {len(node.value)} values; there are {len(periods)} periods"
                self.log.wrong(node.place, "E653", message)
                return (Fraction(0),) * len(periods)
            got = [
                self.number(item, f"{what} in {t}", whole=whole) for item, t in zip(node.value, periods, strict=True)
            ]
            return tuple(value or Fraction(0) for value in got)
        if not isinstance(node.value, dict):
            self.wrong_type(node, what, f"a list of {len(periods)} numbers, or an object period to number")
            return (Fraction(0),) * len(periods)
        found = {}
        for name, item in node.value.items():
            if self.known(name, item.key_place or item.place, "period", periods):
                found[name] = self.number(item, f"{what} in {name}", whole=whole) or Fraction(0)
        return tuple(found.get(t, Fraction(0)) for t in periods)

    def allowed(
        self, node: Node | None, what: str, suites: Sequence[str], products: Sequence[str]
    ) -> dict[str, frozenset[str]]:
        """Products that each suite may make: "all", or an object suite to products; all where nothing is said."""
        every = {suite: frozenset(products) for suite in suites}
        if node is None or node.value is None or node.value == "all":
            return every
        if not isinstance(node.value, dict):
            self.wrong_type(node, what, '"all", or an object suite to list of products')
            return every
        for suite, item in node.value.items():
            if not self.known(suite, item.key_place or item.place, "suite", suites) or item.value == "all":
                continue
            if not isinstance(item.value, list):
                self.wrong_type(item, f"{what} of {suite}", 'a list of products, or "all"')
                continue
            made = []
            for product in item.value:
                if not isinstance(product.value, str):
                    self.wrong_type(product, f"a product of {suite} in {what}", "a name")
                elif self.known(product.value, product.place, "product", products):
                    made.append(product.value)
            every[suite] = frozenset(made)
        return every


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"

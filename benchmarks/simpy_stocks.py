"""A stock of a SimPy future: lots that wait for their release, and lots that are there until used or expired."""

import math


class Stock:
    """What a stage of an order has made, in grams. lag : quarters from making to release. life : then to expiry."""

    def __init__(self, lag: float, life: int) -> None:
        self.whole = math.floor(lag)
        self.later = lag - self.whole  # share released a quarter later than the rest
        self.life = life
        self.made = 0.0
        self.coming: dict[int, float] = {}
        self.lots: list[tuple[int, float]] = []  # quarter of release and grams, oldest first

    def begin(self, grams: float, quarterly: float) -> None:
        """Begin with a stock, and with what has been made evenly and is not released yet."""
        self.lots = [(-1, grams)]
        for quarter in range(-self.whole - 1, 0):
            self.add(quarter, quarterly, False)
        self.coming = {quarter: lot for quarter, lot in self.coming.items() if quarter >= 0}
        self.made = self.position()

    def add(self, quarter: int, grams: float, at_once: bool) -> None:
        """Make something; it is released after its time, or at once."""
        self.made += grams
        first = quarter if at_once else quarter + self.whole
        later = 0.0 if at_once else self.later
        self.coming[first] = self.coming.get(first, 0.0) + (1.0 - later) * grams
        self.coming[first + 1] = self.coming.get(first + 1, 0.0) + later * grams

    def release(self, quarter: int) -> float:
        """Release what is due in a quarter."""
        grams = self.coming.pop(quarter, 0.0)
        self.lots.append((quarter, grams))
        return grams

    def take(self, grams: float) -> float:
        """Use grams, oldest lots first."""
        left, kept = grams, []
        for quarter, lot in self.lots:
            used = min(left, lot)
            left -= used
            if lot > used:
                kept.append((quarter, lot - used))
        self.lots = kept
        return grams

    def expire(self, quarter: int) -> float:
        """Write off what is too old at a quarter's end."""
        old = sum(lot for released, lot in self.lots if released <= quarter - self.life)
        self.lots = [(released, lot) for released, lot in self.lots if released > quarter - self.life]
        return old

    def there(self) -> float:
        """Grams in stock."""
        return sum(lot for _, lot in self.lots)

    def waiting(self) -> float:
        """Grams that wait for their release."""
        return sum(self.coming.values())

    def position(self) -> float:
        """Grams made and neither used nor written off."""
        return self.there() + self.waiting()

"""Money: masses on an even grid of amounts, as Fourier transforms: sums of independent amounts are products."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.futures.arrays import F8
from echelon.futures.exact.laws import Law, hats

C16 = NDArray[np.complex128]


@dataclass(frozen=True)
class MoneyGrid:
    """Amounts 0, step, 2 step, ...; those past half of the grid stand for negative ones, as the grid is a ring."""

    step: float
    bins: int

    def add(self, mass: F8, law: Law, share: float) -> None:
        """Add a law's mass, times `share`, to masses f8[bin]; its mean is kept."""
        top = law.value if law.fixed else law.top()
        count = min(int(np.ceil(max(top, 0.0) / self.step)) + 2, self.bins)
        mass[:count] += share * hats(law, self.step, count)

    def of(self, mass: F8) -> C16:
        """Transform of masses f8[bin]."""
        return np.asarray(np.fft.rfft(mass))

    def paid(self, law: Law) -> C16:
        """Transform of an amount that is paid: it counts as negative."""
        mass = np.zeros(self.bins)
        self.add(mass, law, 1.0)
        return np.conj(self.of(mass))

    def fixed(self, amount: float) -> C16:
        """Transform of a known amount of either sign."""
        mass = np.zeros(self.bins)
        place = amount / self.step
        whole = int(np.floor(place))
        mass[whole % self.bins] += 1.0 - (place - whole)
        mass[(whole + 1) % self.bins] += place - whole
        return self.of(mass)

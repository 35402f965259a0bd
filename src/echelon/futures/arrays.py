"""Kinds of arrays: the names under which a model and its working memory declare them."""

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]
I4 = NDArray[np.int32]
I1 = NDArray[np.int8]
U2x2 = Annotated[NDArray[np.uint16], 2]
U4x2 = Annotated[NDArray[np.uint32], 2]
U8 = NDArray[np.uint64]
F8x2 = Annotated[NDArray[np.float64], 2]
F8x3 = Annotated[NDArray[np.float64], 3]
I8x2 = Annotated[NDArray[np.int64], 2]
I8x3 = Annotated[NDArray[np.int64], 3]
I4x2 = Annotated[NDArray[np.int32], 2]
I4x3 = Annotated[NDArray[np.int32], 3]
U8x2 = Annotated[NDArray[np.uint64], 2]

FIELD_KINDS: dict[Any, tuple[type, int]] = {
    F8: (np.float64, 1),
    I8: (np.int64, 1),
    I4: (np.int32, 1),
    I1: (np.int8, 1),
    U8: (np.uint64, 1),
    F8x2: (np.float64, 2),
    F8x3: (np.float64, 3),
    I8x2: (np.int64, 2),
    I8x3: (np.int64, 3),
    I4x2: (np.int32, 2),
    I4x3: (np.int32, 3),
    U2x2: (np.uint16, 2),
    U4x2: (np.uint32, 2),
    U8x2: (np.uint64, 2),
}
"""Kind of number and count of axes behind each annotation of an array."""

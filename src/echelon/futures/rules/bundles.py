"""Bundles: how a named tuple of arrays reaches a compiled rule as one pointer.

The compiler passes every array of a tuple as seven arguments, and a model has two hundred arrays: calls then cost more
than what they call, and compiling takes minutes. A bundle is the same named tuple written as a table of words (address,
then sizes, of each array; the bits of each scalar). Inside a rule, `model.programs.start[p]` reads that table: an index
is a whole number from nought up, not checked, and small whole numbers are widened when read. What a model holds never
changes while a rule runs, and no two arrays of a state or tally overlap: the optimiser is told so. Arrays must be
C-contiguous; the table keeps them alive. Uncompiled, the named tuple itself is passed.
"""

import operator
import typing
from typing import Any

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import types
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_global, signature
from numba.extending import (
    infer_getattr,
    intrinsic,
    lower_builtin,
    lower_getattr,
    lower_getattr_generic,
    models,
    register_model,
)

from echelon.futures.arrays import FIELD_KINDS
from echelon.futures.model import Model
from echelon.futures.rules.compiling import COMPILED, RulesOnly
from echelon.futures.state import State, Tally

_SCALARS: dict[type, types.Type] = {int: types.int64, float: types.float64, bool: types.boolean}
_WORD = ir.IntType(64)

SHARED = ("image", "blank", "memory")
"""Arrays that overlap others. `x_bits` is the memory of `x`; no others overlap."""


class FieldType(RulesOnly):
    """Compiler's type of one array of a bundle."""

    def __init__(self, dtype: Any, ndim: int, constant: bool, apart: str) -> None:
        self.stored: Any = numba.from_dtype(np.dtype(dtype))
        small = np.dtype(dtype).kind in "iu" and np.dtype(dtype).itemsize < 8
        self.element = types.int64 if small else self.stored
        self.ndim = ndim
        self.constant = constant
        self.apart = apart
        kind = "constant" if constant else "variable"
        super().__init__(name=f"Field({self.stored}, {ndim}, {kind}, {apart})")


class BundleType(RulesOnly):
    """Compiler's type of a named tuple of arrays, scalars and further named tuples."""

    def __init__(self, cls: type, constant: bool) -> None:
        self.fields: dict[str, tuple[types.Type, int]] = {}
        self.words = 0
        for name, hint in typing.get_type_hints(cls, include_extras=True).items():
            apart = "Model" if constant else f"{cls.__name__}.{name.removesuffix('_bits')}"
            kind = _kind(hint, constant, "" if name in SHARED else apart)
            self.fields[name] = (kind, self.words)
            self.words += _words(kind)
        super().__init__(name=f"Bundle({cls.__name__})")


def _kind(hint: Any, constant: bool, apart: str) -> types.Type:
    if hint in _SCALARS:
        return _SCALARS[hint]
    if hint in FIELD_KINDS:
        return FieldType(*FIELD_KINDS[hint], constant, apart)
    return BundleType(hint, constant)


def _words(kind: types.Type) -> int:
    if isinstance(kind, BundleType):
        return kind.words
    return 1 + kind.ndim if isinstance(kind, FieldType) else 1


def pack(bundle: Any) -> Any:
    """Write a named tuple of arrays as a table of words, i8[words]; uncompiled, it is the table itself.

    Raises
    ------
    TypeError
        If an array has another kind of number or of axes than its declaration says.
    """
    words = np.array(_table(bundle), np.int64)
    if not COMPILED:
        return bundle
    room = _Room(words.tobytes())
    room.bundle = bundle
    return np.frombuffer(room, np.int64)


class _Room(bytearray):
    # Memory of a table, which keeps the arrays alive that the table points to.
    bundle: Any


def _table(bundle: Any) -> list[int]:
    words: list[int] = []
    for name, hint in typing.get_type_hints(type(bundle), include_extras=True).items():
        value = getattr(bundle, name)
        if hint in FIELD_KINDS:
            dtype, ndim = FIELD_KINDS[hint]
            if value.dtype != dtype or value.ndim != ndim or not value.flags.c_contiguous:
                msg = f"{type(bundle).__name__}.{name} must be {np.dtype(dtype).name} with {ndim} axes, C-contiguous"
                raise TypeError(msg)
            words += [value.ctypes.data, *value.shape]
        elif hint is float:
            words.append(int(np.float64(value).view(np.int64)))
        elif hint in _SCALARS:
            words.append(int(value))
        else:
            words += _table(value)
    return words


class _TableModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _WORD.as_pointer())


register_model(BundleType)(_TableModel)
register_model(FieldType)(_TableModel)


@infer_getattr
class _BundleAttributes(AttributeTemplate):
    key = BundleType

    def generic_resolve(self, kind: BundleType, name: str) -> types.Type | None:  # type: ignore[override]
        found = kind.fields.get(name)
        return found[0] if found else None


@infer_getattr
class _FieldAttributes(AttributeTemplate):
    key = FieldType

    def resolve_size(self, kind: FieldType) -> types.Type | None:
        return types.intp if kind.ndim == 1 else None

    def resolve_shape(self, kind: FieldType) -> types.Type:
        return types.UniTuple(types.intp, kind.ndim)


def _indexed(kind: Any, index: Any) -> types.Type | None:
    # Type of an index that picks one number; None for anything else.
    if not isinstance(kind, FieldType):
        return None
    if kind.ndim == 1:
        return types.intp if isinstance(index, types.Integer) else None
    parts: Any = index if isinstance(index, types.BaseTuple) else ()
    whole = len(parts) == kind.ndim and all(isinstance(part, types.Integer) for part in parts)
    return types.UniTuple(types.intp, kind.ndim) if whole else None


@infer_global(operator.getitem)
class _Get(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        index = _indexed(*args) if len(args) == 2 and not kws else None
        return signature(args[0].element, args[0], index) if index else None


@infer_global(operator.setitem)
class _Set(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        index = _indexed(*args[:2]) if len(args) == 3 and not kws else None
        return signature(types.none, args[0], index, args[0].element) if index else None


@lower_getattr_generic(BundleType)  # type: ignore[untyped-decorator]
def _read(context: Any, builder: Any, kind: BundleType, table: Any, name: str) -> Any:
    del context
    field, offset = kind.fields[name]
    at = builder.gep(table, [ir.Constant(_WORD, offset)])
    if isinstance(field, BundleType | FieldType):
        return at
    word = _word(builder, at, 0)
    if field is types.float64:
        return builder.bitcast(word, ir.DoubleType())
    return builder.trunc(word, ir.IntType(1)) if field is types.boolean else word


@lower_getattr(FieldType, "size")  # type: ignore[untyped-decorator]
def _size(context: Any, builder: Any, kind: FieldType, table: Any) -> Any:
    del context, kind
    return _word(builder, table, 1)


@lower_getattr(FieldType, "shape")  # type: ignore[untyped-decorator]
def _shape(context: Any, builder: Any, kind: FieldType, table: Any) -> Any:
    sizes = [_word(builder, table, 1 + axis) for axis in range(kind.ndim)]
    return context.make_tuple(builder, types.UniTuple(types.intp, kind.ndim), sizes)


@lower_builtin(operator.getitem, FieldType, types.Any)  # type: ignore[untyped-decorator]
def _get(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    kind = sig.args[0]
    value = builder.load(_place(context, builder, kind, args[0], args[1]))
    _stands_apart(builder, kind, value)
    if kind.constant:
        _never_changes(builder, value)
    return context.cast(builder, value, kind.stored, kind.element)


@lower_builtin(operator.setitem, FieldType, types.Any, types.Any)  # type: ignore[untyped-decorator]
def _set(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    kind = sig.args[0]
    value = context.cast(builder, args[2], kind.element, kind.stored)
    _stands_apart(builder, kind, builder.store(value, _place(context, builder, kind, args[0], args[1])))
    return context.get_dummy_value()


def _place(context: Any, builder: Any, kind: FieldType, table: Any, index: Any) -> Any:
    # Address of one number: rows follow one another without gaps.
    parts = [index] if kind.ndim == 1 else [builder.extract_value(index, axis) for axis in range(kind.ndim)]
    flat = parts[0]
    for axis in range(1, kind.ndim):
        row = builder.mul(flat, _word(builder, table, 1 + axis), flags=["nsw"])
        flat = builder.add(row, parts[axis], flags=["nsw"])
    first = builder.inttoptr(_word(builder, table, 0), context.get_data_type(kind.stored).as_pointer())
    return builder.gep(first, [flat], inbounds=True)


def _word(builder: Any, table: Any, index: int) -> Any:
    # The table itself never changes while a rule runs: each word is read once.
    word = builder.load(builder.gep(table, [ir.Constant(_WORD, index)]))
    _never_changes(builder, word)
    return word


def _never_changes(builder: Any, loaded: Any) -> None:
    loaded.set_metadata("invariant.load", builder.module.add_metadata([]))


def _stands_apart(builder: Any, kind: FieldType, access: Any) -> None:
    # Arrays do not overlap: the optimiser is told that what is written to one changes no other.
    if not kind.apart:
        return
    module = builder.module
    parent = module.add_metadata(["echelon"])
    field = module.add_metadata([kind.apart, parent, ir.Constant(_WORD, 0)])
    access.set_metadata("tbaa", module.add_metadata([field, field, ir.Constant(_WORD, 0)]))


def _viewer(kind: BundleType) -> Any:
    def typed(_: Any, table: Any) -> Any:
        def lower(context: Any, builder: Any, sig: Any, arguments: Any) -> Any:
            array = context.make_array(sig.args[0])(context, builder, arguments[0])
            return array.data

        return kind(table), lower

    return intrinsic(typed)


def _same(bundle: Any) -> Any:
    return bundle


if COMPILED:
    as_model = _viewer(BundleType(Model, constant=True))
    as_state = _viewer(BundleType(State, constant=False))
    as_tally = _viewer(BundleType(Tally, constant=False))
else:
    as_model = as_state = as_tally = _same


def _lowest_bit(_: Any, word: Any) -> Any:
    del word

    def lower(context: Any, builder: Any, sig: Any, arguments: Any) -> Any:
        del context, sig
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), lower


def _lowest_bit_plain(word: Any) -> int:
    return (int(word) & -int(word)).bit_length() - 1


lowest_bit: Any = intrinsic(_lowest_bit) if COMPILED else _lowest_bit_plain
"""Position of the lowest bit set in a word that is not nought."""

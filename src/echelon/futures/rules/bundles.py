"""Bundles: how a named tuple of arrays reaches a compiled rule as one pointer.

The compiler passes every array of a tuple as seven arguments, and a model has two hundred arrays: calls then cost
more than what they call, and compiling takes minutes. A bundle is the same named tuple written as a table of words
(address, then sizes, of each array; the bits of each scalar). Inside a rule, `model.programs.start` reads that table.
Arrays must be C-contiguous, and whoever calls must keep them alive. Uncompiled, the named tuple itself is passed.
"""

import typing
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.imputils import impl_ret_borrowed
from numba.extending import (
    infer_getattr,
    intrinsic,
    lower_getattr_generic,
    models,
    register_model,
)
from numba.core.typing.templates import AttributeTemplate
from numba.np.arrayobj import make_array, populate_array

from echelon.futures.model import FIELD_KINDS, I8, Model, State, Tally

_SCALARS: dict[type, types.Type] = {int: types.int64, float: types.float64, bool: types.boolean}


class BundleType(types.Type):  # type: ignore[misc]
    """Compiler's type of a named tuple of arrays, scalars and further named tuples."""

    def __init__(self, cls: type) -> None:
        self.fields: dict[str, tuple[types.Type, int]] = {}
        self.words = 0
        for name, hint in typing.get_type_hints(cls, include_extras=True).items():
            kind = _kind(hint)
            self.fields[name] = (kind, self.words)
            self.words += _words(kind)
        super().__init__(name=f"Bundle({cls.__name__})")


def _kind(hint: Any) -> types.Type:
    if hint in _SCALARS:
        return _SCALARS[hint]
    if hint in FIELD_KINDS:
        dtype, ndim = FIELD_KINDS[hint]
        return types.Array(numba.from_dtype(np.dtype(dtype)), ndim, "C")
    return BundleType(hint)


def _words(kind: types.Type) -> int:
    if isinstance(kind, BundleType):
        return kind.words
    return 1 + kind.ndim if isinstance(kind, types.Array) else 1


def pack(bundle: Any) -> I8:
    """Write a named tuple of arrays as a table of words, i8[words]."""
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
            words += pack(value).tolist()
    return np.array(words, np.int64)


@register_model(BundleType)
class _BundleModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, ir.IntType(64).as_pointer())


@infer_getattr
class _BundleAttributes(AttributeTemplate):  # type: ignore[misc]
    key = BundleType

    def generic_resolve(self, kind: BundleType, name: str) -> types.Type | None:
        found = kind.fields.get(name)
        return found[0] if found else None


@lower_getattr_generic(BundleType)  # type: ignore[untyped-decorator]
def _read(context: Any, builder: Any, kind: BundleType, pointer: Any, name: str) -> Any:
    field, offset = kind.fields[name]
    at = builder.gep(pointer, [ir.Constant(ir.IntType(64), offset)])
    if isinstance(field, BundleType):
        return at
    if not isinstance(field, types.Array):
        word = _word(builder, at, 0)
        if field is types.float64:
            return builder.bitcast(word, ir.DoubleType())
        return builder.trunc(word, ir.IntType(1)) if field is types.boolean else word
    array = make_array(field)(context, builder)
    item = context.get_abi_sizeof(context.get_data_type(field.dtype))
    sizes = [_word(builder, at, 1 + axis) for axis in range(field.ndim)]
    strides = [ir.Constant(ir.IntType(64), item)]
    for size in sizes[:0:-1]:
        strides.insert(0, builder.mul(strides[0], size))
    data = builder.inttoptr(_word(builder, at, 0), context.get_data_type(field.dtype).as_pointer())
    populate_array(
        array,
        data=data,
        shape=cgutils.pack_array(builder, sizes),
        strides=cgutils.pack_array(builder, strides),
        itemsize=ir.Constant(ir.IntType(64), item),
        meminfo=None,
    )
    return impl_ret_borrowed(context, builder, field, array._getvalue())  # noqa: SLF001


def _word(builder: Any, pointer: Any, index: int) -> Any:
    # The table never changes while a rule runs; saying so lets the optimiser read each word once.
    word = builder.load(builder.gep(pointer, [ir.Constant(ir.IntType(64), index)]))
    word.set_metadata("invariant.load", builder.module.add_metadata([]))
    return word


def _viewer(kind: BundleType) -> Any:
    def typed(_: Any, table: Any) -> Any:
        def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array = make_array(signature.args[0])(context, builder, arguments[0])
            return array.data

        return kind(table), lower

    return intrinsic(typed)


MODEL, STATE, TALLY = BundleType(Model), BundleType(State), BundleType(Tally)
as_model, as_state, as_tally = _viewer(MODEL), _viewer(STATE), _viewer(TALLY)

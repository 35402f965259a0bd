"""How the rules are compiled: three decorators, with a disk cache that a change in any rule's source makes anew."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba import _dynfunc  # type: ignore[attr-defined]
from numba.core import codegen, types
from numba.core import config as compiler_settings
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import register_pass
from numba.core.typed_passes import NativeLowering

F = TypeVar("F", bound=Callable[..., Any])

config: Any = compiler_settings
compiler: Any = numba.njit

COMPILED = not config.DISABLE_JIT
"""Whether rules are compiled: not so with NUMBA_DISABLE_JIT=1, when the same source runs as it stands."""


def sources_digest() -> str:
    """Digest of every rule source, the array declarations they read, and the compiler's version."""
    digest = hashlib.blake2b(digest_size=12)
    here = Path(__file__).parent
    declared = [here.parent / name for name in ("arrays.py", "model.py", "state.py")]
    for path in sorted([*here.glob("*.py"), *declared]):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    digest.update(f"numba {numba.__version__} numpy {version('numpy')}".encode())
    return digest.hexdigest()


@cache
def cache_folder() -> Path | None:
    """Folder of compiled rules; None when nothing can be written there, and rules are then compiled in every process.

    ECHELON_CACHE or NUMBA_CACHE_DIR, else the user's cache folder. The compiler keeps one index per source file and
    looks only at that file's date; the digest in the folder's name makes a change in one rule reach all that call it.
    """
    given = os.environ.get("ECHELON_CACHE") or os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME")
    try:
        folder = (Path(given) if given else Path.home() / ".cache") / "echelon" / sources_digest()
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except (OSError, RuntimeError):
        return None


def rule(function: F) -> F:
    """Compile a rule: no Python objects inside, no lock held, exact arithmetic (no fast-math), cached on disk."""
    if not COMPILED:
        return function
    folder = cache_folder()
    if folder is None:
        uncached: F = compiler(nogil=True, error_model="numpy")(function)
        return uncached
    before = config.CACHE_DIR
    config.CACHE_DIR = str(folder)
    try:
        compiled: F = compiler(cache=True, nogil=True, error_model="numpy")(function)
    finally:
        config.CACHE_DIR = before
    return compiled


class RulesOnly(types.Type):
    """Compiler's type of something that only rules can hold."""


class PartLibrary(codegen.JITCodeLibrary):
    """Code of a part: linked into its callers as it stands, optimised and made into machine code only with them."""

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True


@register_pass(mutates_CFG=True, analysis_only=False)
class PartLowering(NativeLowering):
    """Lowering of a part: what reads a bundle is called by rules only, so it needs no way in from Python."""

    _name = "part_lowering"

    def run_pass(self, state: Any) -> bool:
        """Lower a part into a library of its own; a formula of plain numbers as anything else."""
        if not any(isinstance(kind, RulesOnly) for kind in state.args):
            return bool(super().run_pass(state))
        made = state.targetctx.codegen()
        state.library = PartLibrary(made, state.func_id.func_qualname)
        state.flags.no_compile = state.flags.no_cpython_wrapper = state.flags.no_cfunc_wrapper = True
        super().run_pass(state)
        lowered = state["cr"]
        # It stands for the part wherever rules call it; it has no address of its own.
        entry = _dynfunc.make_function(
            lowered.fndesc.lookup_module(), state.func_id.func_name, "", 0, lowered.env, (state.library,)
        )
        state.targetctx.insert_user_function(entry, lowered.fndesc, [state.library])
        state["cr"] = lowered._replace(cfunc=entry)
        return True


NEEDLESS = frozenset(
    {
        "WithLifting",
        "InlineClosureLikes",
        "RewriteSemanticConstants",
        "DeadBranchPrune",
        "GenericRewrites",
        "RewriteDynamicRaises",
        "MakeFunctionToJitFunction",
        "InlineInlinables",
        "FindLiterallyCalls",
        "LiteralUnroll",
        "LiteralPropagationSubPipelinePass",
        "InlineOverloads",
        "NopythonRewrites",
        "AnnotateTypes",
        "DumpParforDiagnostics",
    }
)
"""Passes over what parts do not have (closures, contexts, whole arrays), or that the optimiser does anyway."""


class PartCompiler(CompilerBase):
    """The compiler's pipeline for parts."""

    def define_pipelines(self) -> Any:
        """The usual passes, but for the lowering and without those that find nothing in a part."""
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.passes = [
            (PartLowering if one is NativeLowering else one, why)
            for one, why in passes.passes
            if one.__name__ not in NEEDLESS
        ]
        passes.finalize()
        return [passes]


def inner(function: F) -> F:
    """Compile a few lines into whoever calls them, so that a loop over them can be done several at a time."""
    return _once(compiler(nogil=True, error_model="numpy", forceinline=True, pipeline_class=PartCompiler)(function))


def part(function: F) -> F:
    """Compile a part of a rule, called by rules only: it needs no way in from Python and is cached with its callers."""
    return _once(compiler(nogil=True, error_model="numpy", pipeline_class=PartCompiler)(function))


def _once(compiled: Any) -> Any:
    # A constant among the arguments is no reason to compile a rule once more for that very constant.
    if not COMPILED:
        return compiled
    template = compiled.get_call_template

    def widened(args: Any, kws: Any) -> Any:
        return template([types.unliteral(kind) for kind in args], {k: types.unliteral(v) for k, v in kws.items()})

    compiled.get_call_template = widened
    return compiled

"""Where every verb's failures end: messages on stderr, an exit status, never a traceback."""

import os
import sys
from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from echelon.cli.output import print_json, say

WRONG = 2
"""Exit status when the input is wrong or something cannot be read or written; nothing was written."""

NO = 1
"""Exit status when the answer is no: a published figure missed, a strict check with warnings, a machine unfit."""

INTERRUPTED = 130
"""Exit status after Ctrl-C."""

TRACEBACK = "ECHELON_TRACEBACK"
"""Environment variable that lets a mistake of Echelon's own show where it is."""


class VerbError(Exception):
    """A verb cannot do what is asked; the message says what would be right."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Verb(TyperCommand):
    """A command whose failures are told in one place."""

    def invoke(self, ctx: Any) -> Any:
        """Run the verb."""
        return _told(super().invoke, ctx)


class Group(TyperGroup):
    """A verb with verbs of its own, whose failures are told in the same place."""

    def invoke(self, ctx: Any) -> Any:
        """Run the verb, or the one of its own that was named."""
        return _told(super().invoke, ctx)


def _told(invoke: Callable[[Any], Any], ctx: Any) -> Any:
    try:
        result = invoke(ctx)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read us has seen enough; what is still buffered has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        if type(error).__module__.startswith("typer."):
            raise
        raise typer.Exit(tell(error, bool(ctx.params.get("json_")))) from None
    except BaseException as error:
        # A library that is loading when Ctrl-C comes may raise something of its own that tells of it.
        if not isinstance(error, KeyboardInterrupt) and "KeyboardInterrupt" not in str(error):
            raise
        say("stopped")
        raise typer.Exit(INTERRUPTED) from None
    return result


def tell(error: Exception, as_json: bool) -> int:
    """Say on stderr what went wrong (with --json, on stdout as well) and return the exit status."""
    diagnostics = getattr(error, "diagnostics", ())
    if diagnostics:
        from echelon.cli.diagnostics import as_dict, count, stopping

        errors = stopping(diagnostics)
        for diagnostic in errors:
            say(str(diagnostic))
        say(count(errors))
        if as_json:
            print_json({"error": str(errors[0]), "diagnostics": [as_dict(d) for d in errors]})
        return WRONG
    message, hint, status = plain(error)
    say(f"error: {message}")
    if hint:
        say(f"  hint: {hint}")
    if as_json:
        print_json({"error": message, "diagnostics": []})
    return status


def plain(error: Exception) -> tuple[str, str, int]:
    """Message, hint and exit status of an error without diagnostics."""
    if isinstance(error, VerbError):
        return str(error), error.hint, WRONG
    if isinstance(error, OSError):
        return os_message(error), "", WRONG
    if isinstance(error, MemoryError):
        return "there is not enough memory", "fewer --threads or --futures need less", WRONG
    if {"RunError", "RecordsError", "Unfinished"} & {kind.__name__ for kind in type(error).__mro__}:
        return str(error), "", WRONG
    if os.environ.get(TRACEBACK):
        raise error
    text = " ".join(str(error).split()) or "no further message"
    hint = f"this is a mistake in Echelon, please report it; {TRACEBACK}=1 shows where it is"
    return f"{type(error).__name__}: {text}", hint, NO


def os_message(error: OSError) -> str:
    """A failure of the system in plain words, with the file it is about."""
    reason = (error.strerror or str(error)).strip()
    reason = reason[:1].lower() + reason[1:]
    files = [str(name) for name in (error.filename, error.filename2) if name is not None]
    return f"{' -> '.join(files)}: {reason}" if files else reason

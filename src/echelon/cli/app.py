"""The application: every verb, in the order in which a newcomer meets them."""

from typing import Annotated

import typer

from echelon.cli.backtest import backtest
from echelon.cli.campaign import campaign
from echelon.cli.capacity import capacity
from echelon.cli.check import check
from echelon.cli.compare import compare
from echelon.cli.decide import decide
from echelon.cli.demo import demo
from echelon.cli.doctor import doctor
from echelon.cli.errors import Group, Verb
from echelon.cli.examples import examples
from echelon.cli.explain import explain
from echelon.cli.export import export
from echelon.cli.five_years import five_years
from echelon.cli.indications import indications
from echelon.cli.init import init
from echelon.cli.process import process
from echelon.cli.readiness import make_readiness
from echelon.cli.reimbursement import reimbursement
from echelon.cli.report import report
from echelon.cli.routes import routes
from echelon.cli.run import run
from echelon.cli.trials import trials
from echelon.cli.vaccines import vaccines
from echelon.cli.verify import verify

VERBS = (
    demo, init, check, explain, run, report, compare, indications, routes, reimbursement, capacity, decide, five_years,
    campaign, process, trials, vaccines, export, verify, backtest, examples, doctor,
)  # fmt: skip


def make_app() -> typer.Typer:
    """The command line, with all its verbs."""
    app = typer.Typer(
        help="A working model of an integrated biopharma company, simulated into many futures.",
        epilog="First steps: echelon demo, or echelon init DIR and then echelon run DIR.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback()(_common)
    for verb in VERBS:
        app.command(verb.__name__.replace("_", "-"), cls=Verb)(verb)
    app.add_typer(make_readiness(), name="readiness", cls=Group)
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        from echelon import __version__

        typer.echo(f"echelon {__version__}")
        raise typer.Exit


def _common(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    # Typer puts options that come before the verb here.
    del version

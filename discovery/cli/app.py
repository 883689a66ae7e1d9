"""The commands, put together; each imports what it needs when it runs, so that help is instant."""

from typing import Annotated

import typer

from discovery import __version__
from discovery.cli import (
    agree,
    assess,
    bench,
    campaigns,
    collisions,
    data,
    doctor,
    explain,
    label,
    landscape,
    parts,
    predict,
    sample,
    screen,
    study,
)

app = typer.Typer(
    name="discovery",
    help="Find fast lithium-ion conductors within a budget.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 a check came out negative, 2 a mistake in the input, "
    "3 the journal cannot be used, 130 interrupted (resume with the same command).",
)

for command in (campaigns.run, campaigns.ask, campaigns.tell, campaigns.status, campaigns.report):
    app.command(rich_help_panel="Campaigns")(command)
app.command(rich_help_panel="Campaigns")(campaigns.export)
app.command(rich_help_panel="Oracles")(label.label)
app.command(rich_help_panel="Oracles")(agree.agree)
app.command(rich_help_panel="Oracles")(landscape.landscape)
app.command("check-oracle", rich_help_panel="Oracles")(parts.check_oracle)
app.command(rich_help_panel="Models")(predict.predict)
app.command(rich_help_panel="Models")(sample.sample)
app.command(rich_help_panel="Models")(assess.assess)
app.command(rich_help_panel="Models")(bench.bench)
app.command(rich_help_panel="Models")(explain.explain)
app.command(rich_help_panel="Models")(screen.screen)
app.command(rich_help_panel="Models")(screen.garnets)
app.command("list", rich_help_panel="Parts and configurations")(parts.list_parts)
app.command(rich_help_panel="Parts and configurations")(parts.validate)
app.command(rich_help_panel="Parts and configurations")(parts.schema)
app.command(rich_help_panel="Installation")(doctor.doctor)
app.add_typer(study.app, name="study", rich_help_panel="Models")
data.app.command()(collisions.collisions)
app.add_typer(data.app, name="data", rich_help_panel="Installation")


def _version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"ion-discovery {__version__}")
        raise typer.Exit


@app.callback()
def root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=lambda v: _version(wanted=v), is_eager=True)
    ] = False,
) -> None:
    """Find fast lithium-ion conductors within a budget."""

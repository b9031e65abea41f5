"""The command line: which commands there are.

A command imports what it needs when it is called, so that ``--help`` answers at once.
"""

from __future__ import annotations

import typer

from launchlab.cli import (
    baseline,
    ci,
    demo,
    doctor,
    gate,
    history,
    init,
    interop,
    judge,
    measure,
    report,
    schema,
    store,
)

app = typer.Typer(
    name="launchlab",
    help="May this release launch?  Measures a web system under load and on phones, and judges it.",
    no_args_is_help=True,
    # Plain: laying out boxes takes longer than everything else together.
    rich_markup_mode=None,
    context_settings={"max_content_width": 110},
    pretty_exceptions_enable=False,
)
app.command()(demo.demo)
app.command()(init.init)
app.command()(doctor.doctor)
app.command()(measure.load)
app.command()(measure.devices)
app.command()(measure.bench)
app.command()(gate.gate)
app.command()(judge.judge)
app.command()(judge.compare)
app.command()(report.report)
app.command(name="import")(interop.import_)
app.command()(interop.export)
app.command()(history.history)
app.command()(schema.schema)
app.command()(ci.ci)
app.add_typer(baseline.app, name="baseline")
app.add_typer(store.app, name="store")

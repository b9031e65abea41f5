"""``launchlab load | devices | bench``: measure one lane; the exit code says whether it was sound."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from launchlab.cli import complete, options
from scenarios.engine.generator import Client, Generator


def load(  # noqa: PLR0913  (options of a command)
    profile: Annotated[
        str,
        typer.Argument(help="How hard to push: the name of a profile.", autocompletion=complete.profiles),
    ] = "smoke",
    *,
    users: Annotated[int | None, typer.Option(help="Users at once, instead of the profile's.")] = None,
    rate: Annotated[
        str | None,
        typer.Option(
            help="Tasks that begin each second, whatever the subject does: 50 or '50 /s'.  "
            "Without --users, as many users as arrive in a second take them, and at least 10."
        ),
    ] = None,
    duration: Annotated[
        str | None,
        typer.Option(help="Steady time that counts, instead of the profile's: 30 (seconds), 30s or 2min."),
    ] = None,
    journey: Annotated[
        str | None,
        typer.Option(
            help="What each user does; by default as the project's plan, else hit.",
            autocompletion=complete.journeys,
        ),
    ] = None,
    locustfile: Annotated[Path | None, typer.Option(help="A locustfile of your own, as it is.")] = None,
    processes: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="Locust processes; by default as many as the load takes."),
    ] = None,
    client: Annotated[
        Client, typer.Option(help="What FastHttpUsers send with; HttpUsers keep their own.")
    ] = Client.LAUNCHLAB,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Do not verify the subject's certificate.")
    ] = False,
    trials: options.Trials = None,
    url: options.Url = None,
    release: options.Release = None,
    check: options.Check = False,
    project: options.Project = None,
    json: options.Json = False,
    junit: options.JUnit = None,
    store: options.Store = options.STORE,
) -> None:
    """Put load on the subject with real Locust users."""
    from lab.kernel.errors import UsageError
    from lab.kernel.model import Case, Lane, PlannedCase
    from launchlab import project as projects
    from launchlab import single
    from launchlab.exporting import Exports
    from profiles import loader as profiles
    from profiles.changes import changed

    request = single.Request(
        project=projects.load(project),
        store=store,
        url=url,
        release=release,
        check=check,
        exports=Exports(json=json, junit=junit, decisive=check),
        locustfile=locustfile,
        generator=Generator(client=client, insecure=insecure, processes=processes),
    )
    named = profiles.load(profile, request.project.profile_folders)
    pushed = changed(named, users=users, rate=rate, duration=duration)
    if journey and locustfile:
        raise UsageError("--journey names a shipped journey, --locustfile your own.  Give one of them.")
    walked = journey or request.usual_journey
    case = Case(lane=Lane.LOAD, journey=walked, profile=pushed.name)
    raise typer.Exit(single.measure(request, PlannedCase(case=case, trials=trials or pushed.trials), pushed))


def devices(  # noqa: PLR0913  (options of a command)
    *,
    page: Annotated[
        str | None,
        typer.Option(
            help="A page journey such as scroll, or a path; by default as the project's plan, else /.",
            autocompletion=complete.pages,
        ),
    ] = None,
    phone: Annotated[
        str, typer.Option(help="Which phone to emulate.", autocompletion=complete.phones)
    ] = "pixel-7",
    network: Annotated[
        str, typer.Option(help="Which line it is on.", autocompletion=complete.networks)
    ] = "4g",
    trials: options.Trials = None,
    url: options.Url = None,
    release: options.Release = None,
    check: options.Check = False,
    project: options.Project = None,
    json: options.Json = False,
    junit: options.JUnit = None,
    store: options.Store = options.STORE,
) -> None:
    """Visit a page on an emulated phone, a fresh browser a visit."""
    from lab.kernel.model import PlannedCase
    from launchlab import project as projects
    from launchlab import single
    from launchlab.exporting import Exports

    exports = Exports(json=json, junit=junit, decisive=check)
    request = single.Request(
        project=projects.load(project),
        store=store,
        url=url,
        release=release,
        check=check,
        exports=exports,
    )
    case = projects.page_case(page or request.usual_page, phone, network)
    raise typer.Exit(single.measure(request, PlannedCase(case=case, trials=trials or 3)))


def bench(  # noqa: PLR0913  (options of a command)
    path: Annotated[str, typer.Argument(help="A pytest-benchmark file.")],
    *,
    trials: options.Trials = None,
    release: options.Release = None,
    check: options.Check = False,
    project: options.Project = None,
    json: options.Json = False,
    junit: options.JUnit = None,
    store: options.Store = options.STORE,
) -> None:
    """Time code: a pytest-benchmark file, a fresh process a trial."""
    from lab.kernel.model import Case, Lane, PlannedCase
    from launchlab import project as projects
    from launchlab import single
    from launchlab.exporting import Exports

    exports = Exports(json=json, junit=junit, decisive=check)
    request = single.Request(
        project=projects.load(project),
        store=store,
        url=None,
        release=release,
        check=check,
        exports=exports,
    )
    case = Case(lane=Lane.BENCH, journey=path)
    raise typer.Exit(single.measure(request, PlannedCase(case=case, trials=trials or 3)))

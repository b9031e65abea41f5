"""What a hostile subject would call itself: one corpus for every output, and records full of it."""

from __future__ import annotations

from dataclasses import replace

from lab.kernel.metrics import key_of
from lab.kernel.model import Case, Caveat, Environment, Lane, Subject
from lab.kernel.reasons import Reason
from lab.kernel.verdict import Outcome
from reports.view import Chapter
from tests.reports.builders import drift, finding, interval, run, trials, verdict

HOSTILE = [
    "</script><script>alert(1)</script>",
    "</style></title></svg><style>*{display:none}</style>",
    '"><img src=x onerror=alert(1)>',
    "' onload='alert(1)",
    "{{7*7}}{% raw %}${7*7}",
    "]]><!--",
    "--><iframe src=javascript:alert(1)>",
    "a\u202etxt.exe",
    "nul\0bell\a\x1b[31m",
    "&lt;b&gt;&amp;",
    "x" * 100_000,
    # Markdown: a table's cell and row, links, images, code, a comment, headings, lists, and what GitHub adds.
    "a | b |\n|---|---|\n| **c** | _d_ | ~~e~~",
    "[click](javascript:alert(1)) ![x](http://evil.example/x.png) [a]: http://evil.example",
    "\\` `code` \\| <!-- ",
    "# heading\r\n- list\r\n\r\n    code\r\n```\r\n===",
    "@everyone #1 me@evil.example www.evil.example http://evil.example :boom: $x$ [^1]",
    "- list",
    "10) list",
    "     code",
    "---",
    # Commands to a pipeline's runner.
    "a\n::set-output name=a::b\n::stop-commands::x\r::error::x",
    "%0A::error title=a,b:c::%250A",
    "##[stop-commands]x ###[add-path]/ ##vso[task.setvariable variable=a]b ##teamcity[x]",
    "[[ATTACHMENT|/etc/passwd]] [[[ATTACHMENT|/etc/passwd]]]",
    # Characters that XML forbids, and half of a pair.
    "x\x08\x0b\x7f\x85\ufffe\uffff\ud800\u2028",
    "=cmd|' /C calc'!A0",
]


def hostile(name: str) -> list[Chapter]:
    """Return two chapters of one release in which every text is *name*."""
    case = Case(lane=Lane.LOAD, journey=name, profile=name, variant=name)
    key = key_of("response_mean", name)
    caveat = Caveat(code=name, advice=name)
    bad = run(
        name,
        [replace(each, caveats=(caveat,)) for each in trials(case, {key: 0.3})],
        id=name,
        subject=Subject(name=name, release=name, url=name),
        environment=Environment(facts={name: name}, circumstances={"host": name}),
        caveats=(caveat,),
        partial=True,
    )
    reference = replace(bad, id=name + "1", environment=Environment(facts={name: "other"}))
    common = {"target": name, "reading": key, "case": case, "reason": name, "notes": (name,)}
    findings = [
        finding(Outcome.FAILED, **common, measured=interval(0.3)),
        drift(Outcome.INCONCLUSIVE, **common, baseline=name, baseline_release=name),
    ]
    judged = verdict(findings, name, run=name, baselines=(name,))
    reasons = (Reason(case=name, endpoint=name, what=name, count=3, example=name + "!"),)
    return [Chapter(verdict=judged, run=bad, references=(reference,), reasons=reasons, promoted=name)] * 2

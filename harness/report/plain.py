"""The plain page of a session whose usual page cannot be made."""

from __future__ import annotations

from markupsafe import Markup

from harness.report.run import Run, TestResult
from harness.report.verdict import Verdict
from harness.visible import visible

_PAGE = Markup("""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{verdict}: {label}</title></head>
<body>
<h1>{verdict}: {label}</h1>
<p>{sentence}</p>
<p>{counts}</p>
<p>The page with plots and measurements could not be made: {why}. Everything that was measured is in
metrics.jsonl beside this page; hil report makes the page of it when the cause is gone.</p>
{faults}
<table>
{tests}
</table>
</body>
</html>
""")
_FAULT = Markup("<pre>FAIL outside of any test: {}</pre>\n")
_TEST = Markup("<tr><td>{verdict}</td><td>{name}<pre>{message}</pre></td></tr>\n")


def plain_page(run: Run, why: str) -> str:
    """Verdict, sentence, and every test with its messages, without templates and plots."""
    return _PAGE.format(
        verdict=run.verdict.value,
        label=_text(run.session.get("label", "")),
        sentence=_text(run.sentence),
        counts=str(run.counts),
        why=why,
        faults=Markup().join(_FAULT.format(_text(fault)) for fault in run.faults),
        tests=Markup().join(map(_row, run.tests)),
    )


def _row(test: TestResult) -> Markup:
    says = [test.message] if test.message else []
    if test.verdict in (Verdict.FAIL, Verdict.BENCH):
        says += [f"{title}\n{text}" for title, text in test.sections.items()]
        says += [f"repeat: {test.repeat}"] if test.repeat else []
    return _TEST.format(
        verdict=test.verdict.value, name=_text(test.name), message=_text("\n\n".join(says))
    )


def _text(value: object) -> str:
    return visible(str(value))

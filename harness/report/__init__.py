"""The report of a session: a journal that is written while it runs, and a page made from it.

The journal `metrics.jsonl` is the only source of the page, so `hil report FOLDER` can make the page
of a session that was killed.
"""

from harness.report.folder import ReportFolder
from harness.report.html import write_html
from harness.report.journal import Journal, Record, read_journal
from harness.report.junit import add_session, correct_junit
from harness.report.run import Run, read_run
from harness.report.verdict import STOPPED_BY_HAND, Counts, Verdict

__all__ = [
    "STOPPED_BY_HAND",
    "Counts",
    "Journal",
    "Record",
    "ReportFolder",
    "Run",
    "Verdict",
    "add_session",
    "correct_junit",
    "read_journal",
    "read_run",
    "write_html",
]

"""The reporter of a session: what it makes of pytest's reports, and what it leaves behind."""

from __future__ import annotations

import errno
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.errors import BenchError
from harness.plugin import reporting
from harness.plugin.blame import HostFault
from harness.plugin.ended import END, SessionEnded
from harness.plugin.on_request import LEFT_OUT
from harness.plugin.reporting import Reporter
from harness.plugin.verdicts import REPEAT
from harness.report import Journal, ReportFolder, read_journal

TEST = "test_it.py::test_it"


class ScriptedSession:
    """What a reporter asks of the session."""

    def __init__(self, folder: Path) -> None:
        target = SimpleNamespace(name="fake", requirements=())
        self.choice = SimpleNamespace(label="fake", target=target)
        self.folder = ReportFolder(folder)
        self.journal = Journal(self.folder.metrics)
        self.problem: Exception | None = None
        self.host: BenchError | None = None

    def look_at_report(self) -> BenchError | None:
        return self.host

    def host_failed(self, doing: str, error: Exception) -> None:
        self.host = self.host or HostFault(doing, error)


class Terminal:
    """What was written, a line each."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._begun = ""
        self.looks: list[dict[str, bool]] = []

    def write(self, text: str, **looks: bool) -> None:
        self._begun += text
        self.looks.append(looks)

    def write_line(self, text: str) -> None:
        self.lines.append(self._begun + text)
        self._begun = ""

    def write_sep(self, mark: str, title: str) -> None:
        self.lines.append(f"{mark * 3} {title} {mark * 3}")


class Session:
    """A session that a test drives."""

    def __init__(self, folder: Path) -> None:
        self.hil = ScriptedSession(folder)
        self.terminal: Terminal | None = Terminal()
        self.signals_ignored: list[bool] = []  # Ctrl-C too?
        plugins = SimpleNamespace(getplugin=lambda name: {"terminalreporter": self.terminal}[name])
        self.config = SimpleNamespace(
            invocation_params=SimpleNamespace(args=("test_it.py", "-k", "a b"), dir=folder),
            rootpath=folder,
            option=SimpleNamespace(xmlpath=None),
            pluginmanager=plugins,
            stash=pytest.Stash(),
        )
        # The signals of the process that runs these tests are left alone.
        self.config.stash[END] = cast(
            "Any",
            SimpleNamespace(ignore=lambda *, ctrl_c_too: self.signals_ignored.append(ctrl_c_too)),
        )
        self.pytest = SimpleNamespace(config=self.config, exitstatus=None, shouldstop=False)
        self.reporter = Reporter(cast("Any", self.hil), cast("Any", self.pytest))

    def phase(self, when: str, verdict: str = "PASS", name: str = TEST, **facts: Any) -> None:
        """A phase of a test ends; facts: of the report."""
        report = report_of(when, verdict, name, facts.pop("longrepr", None))
        vars(report).update(facts)
        self.reporter.pytest_runtest_logreport(report)

    def test(self, verdict: str = "PASS", name: str = TEST, **facts: Any) -> None:
        """A whole test, whose call has this verdict."""
        self.reporter.pytest_runtest_logstart(name)
        self.phase("setup", name=name)
        self.phase("call", verdict, name, **facts)
        self.phase("teardown", name=name)

    def finish(self, exitstatus: int = 0, error: Exception | None = None) -> int:
        """pytest's own end, which may raise. The exit status."""
        end = self.reporter.pytest_sessionfinish(cast("Any", self.pytest), exitstatus)
        next(end)
        with pytest.raises(StopIteration):
            if error is None:
                next(end)
            else:
                end.throw(error)
        return cast("int", self.pytest.exitstatus)

    def records(self, kind: str) -> list[dict[str, Any]]:
        return [r for r in read_journal(self.hil.journal.path) if r["kind"] == kind]

    @property
    def end(self) -> dict[str, Any]:
        (record,) = self.records("end")
        return record


def report_of(when: str, verdict: str, name: str = TEST, longrepr: Any = None) -> Any:
    outcome: Any = {"PASS": "passed", "SKIP": "skipped"}.get(verdict, "failed")
    report = pytest.TestReport(name, ("test_it.py", 1, "it"), {}, outcome, longrepr, "call")
    report.duration = {"setup": 0.25, "call": 1.5, "teardown": 0.5}.get(when, 0.0)
    vars(report).update(hil_phase=when, hil_verdict=verdict, hil_about_device=True)
    return report


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setattr(reporting, "all_versions", lambda *_: {"python": "3"})
    monkeypatch.setattr(reporting, "repeat_command", lambda _config, name: f"pytest {name}")
    return Session(tmp_path)


# ---- one test ----------------------------------------------------------------------------------


def test_the_session_and_its_versions_are_recorded(session: Session) -> None:
    session.test()
    session.finish()
    (record,) = session.records("session")
    assert (record["label"], record["target"]) == ("fake", "fake")
    assert record["command"] == "pytest test_it.py -k 'a b'"
    assert session.records("versions")[0]["versions"] == {"python": "3"}


def test_a_test_is_one_record_of_its_three_phases(session: Session) -> None:
    session.reporter.pytest_runtest_logstart(TEST)
    assert [record["name"] for record in session.records("begin")] == [TEST]
    for when in ("setup", "call"):
        session.phase(when)
        assert session.records("test") == []
    session.phase("teardown", hil_log=["I (1) a"])
    (record,) = session.records("test")
    assert record["name"] == TEST and record["verdict"] == "PASS" and record["test"] == ""
    assert [record[f"{when}_s"] for when in ("setup", "call", "teardown")] == [0.25, 1.5, 0.5]
    assert record["repeat"] == f"pytest {TEST}" and record["log"] == ["I (1) a"]
    assert (record["message"], record["reason"], record["sections"]) == ("", "", {})


def test_the_worst_phase_decides_and_gives_the_words(session: Session) -> None:
    crash = SimpleNamespace(reprcrash=SimpleNamespace(message="it is \x1b wrong"))
    session.reporter.pytest_runtest_logstart(TEST)
    session.phase("setup", "BENCH", longrepr="BENCH: no port", sections=[("where", "here")])
    session.phase("call", "FAIL", longrepr=crash, sections=[(REPEAT, "x"), ("log", "said")])
    session.phase("teardown", "BENCH", longrepr="BENCH: later")
    (record,) = session.records("test")
    assert record["verdict"] == "FAIL"
    assert record["message"] == r"it is \x1b wrong"
    sections = record["sections"]
    assert set(sections) == {"where", "traceback", "log"} and sections["log"] == "said"


def test_a_fault_of_the_bench_has_its_sentence_and_no_traceback(session: Session) -> None:
    session.test("BENCH", longrepr="BENCH: No port.\nLook.", sections=[("where", "here")])
    (record,) = session.records("test")
    assert record["message"] == "No port.\nLook." and record["sections"] == {"where": "here"}
    assert session.finish() == 2
    assert session.end["sentence"] == "No port."


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"longrepr": ("test_it.py", 1, "Skipped: needs radio")}, "needs radio"),
        ({"longrepr": "not today"}, "not today"),
        ({"wasxfail": "a known fault"}, "expected to fail: a known fault"),
    ],
)
def test_a_skip_has_its_reason(session: Session, facts: dict[str, Any], reason: str) -> None:
    session.test("SKIP", sections=[("log", "said")], **facts)
    (record,) = session.records("test")
    assert (record["verdict"], record["reason"], record["message"]) == ("SKIP", reason, "")
    assert record["sections"] == {}


def test_a_test_that_was_only_set_up_is_none(session: Session) -> None:
    session.reporter.pytest_runtest_logstart(TEST)
    session.phase("setup")
    session.phase("teardown")
    assert session.records("test") == []
    assert session.finish() == 1
    assert session.end["sentence"] == "No test ran, so nothing was judged."


def test_a_worker_that_died_is_the_bench_s_and_ends_its_test(session: Session) -> None:
    report = pytest.TestReport(
        TEST,
        ("test_it.py", 1, "it"),
        {},
        "failed",
        "worker 'gw0' crashed",
        "???",  # type: ignore[arg-type]
    )
    session.reporter.pytest_runtest_logstart(TEST)
    session.reporter.pytest_runtest_logreport(report)
    assert report.when == "bench" and report.longrepr == "BENCH: worker 'gw0' crashed"  # type: ignore[comparison-overlap]
    (record,) = session.records("test")
    assert (record["verdict"], record["message"]) == ("BENCH", "worker 'gw0' crashed")
    assert session.finish() == 2
    assert session.end["sentence"] == "worker 'gw0' crashed"


def test_an_attempt_that_was_taken_back_does_not_count(session: Session) -> None:
    session.reporter.pytest_runtest_logstart(TEST)
    for _ in range(2):
        session.phase("setup")
        session.phase("call", "FAIL", longrepr="wavers", outcome="rerun")
    for when in ("setup", "call", "teardown"):
        session.phase(when)
    assert [record["message"] for record in session.records("rerun")] == ["wavers"] * 2
    (record,) = session.records("test")
    assert (record["verdict"], record["reruns"], record["message"]) == ("PASS", 2, "")
    assert session.finish() == 0
    assert session.end["reruns"] == 2
    assert session.terminal is not None
    assert "reruns: 2; of a test only the last attempt counts" in session.terminal.lines


# ---- the session's end -------------------------------------------------------------------------


def test_the_last_lines_say_the_verdict_and_where_the_page_is(session: Session) -> None:
    for reason in ("needs radio", "needs two", "needs radio"):
        session.test("SKIP", longrepr=reason)
    session.test()
    kind = SimpleNamespace(marker="soak", why="it takes hours")
    session.config.stash[LEFT_OUT] = cast("Any", [(3, kind)])
    assert session.finish() == 0
    assert session.terminal is not None
    *first, counts, report = session.terminal.lines
    assert first == [
        "skipped 2: needs radio",
        "skipped 1: needs two",
        "left out 3: soak, it takes hours",
        "PASS  Every test that ran on fake passed.",
    ]
    assert counts.startswith("1 passed, 0 failed, 3 skipped in 0.")
    assert counts.endswith(" s on fake")
    assert report == f"report: {session.hil.folder.html}"
    assert session.terminal.looks == [{"bold": True, "green": True}]


@pytest.mark.parametrize(
    ("verdict", "status", "colour"),
    [("PASS", 0, "green"), ("FAIL", 1, "red"), ("BENCH", 2, "yellow")],
)
def test_the_exit_status_and_the_page_are_the_verdict_s(
    session: Session, verdict: str, status: int, colour: str
) -> None:
    session.test(verdict, longrepr="why")
    assert session.finish() == status
    assert session.signals_ignored == [True], "a signal behind the verdict may change the status"
    assert session.end["verdict"] == verdict and session.end["test"] == ""
    assert session.end["seconds"] > 0
    assert session.end["counts"]["passed"] == (verdict == "PASS")
    assert session.terminal is not None and session.terminal.looks[-1] == {
        "bold": True,
        colour: True,
    }
    assert session.end["sentence"] in session.hil.folder.html.read_text()


def test_the_first_test_that_failed_is_named(session: Session) -> None:
    for name in ("test_it.py::test_a", "test_it.py::test_b"):
        session.test("FAIL", name, longrepr="why")
    assert session.finish() == 1
    assert session.end["sentence"] == "2 tests failed on fake, first: test_it.py::test_a"


def test_tests_that_ask_for_no_device_judge_none(session: Session) -> None:
    session.reporter.pytest_runtest_logstart(TEST)
    for when in ("setup", "call", "teardown"):
        session.phase(when, hil_about_device=False)
    assert session.finish() == 1
    assert session.end["sentence"].startswith("No test that ran asked for the device")


def test_a_fault_outside_of_any_test_is_the_session_s(session: Session) -> None:
    session.test()
    session.hil.journal.record("fault", test="", message="16 bytes leaked")
    assert session.finish() == 1
    assert session.end["sentence"] == "16 bytes leaked"


def test_what_kept_the_device_from_coming_up_is_the_verdict(session: Session) -> None:
    session.hil.problem = BenchError("No port.")
    assert session.finish() == 2
    assert session.end["sentence"] == "No port."


def test_a_report_that_cannot_be_written_ends_the_session(session: Session) -> None:
    session.hil.host = HostFault("It cannot be written", OSError(errno.ENOSPC, "No space left"))
    session.test()
    assert session.pytest.shouldstop == "It cannot be written: No space left."
    assert session.finish() == 2
    assert session.end["sentence"] == "It cannot be written: No space left."


def test_a_page_that_cannot_be_made_is_told(session: Session) -> None:
    session.hil.folder.html.mkdir()
    session.test()
    assert session.finish() == 2
    page = session.hil.folder.html
    assert session.end["sentence"].startswith(f"The report cannot be written to {page}: ")


def test_a_junit_file_that_cannot_be_corrected_is_told(session: Session, tmp_path: Path) -> None:
    session.config.option.xmlpath = str(tmp_path)
    session.test()
    assert session.finish() == 2
    assert session.end["sentence"].startswith("The JUnit file cannot be written: ")


def test_a_journal_that_cannot_be_read_is_told(session: Session) -> None:
    session.test()
    session.hil.journal.path.unlink()
    assert session.finish() == 2
    assert session.hil.host is not None
    assert str(session.hil.host).startswith("The report cannot be read: ")


def test_what_others_fail_to_do_at_the_end_is_told(session: Session) -> None:
    session.test()
    assert session.finish(error=OSError(errno.ENOSPC, "No space left on device")) == 2
    said = "The session could not be closed: No space left on device."
    assert session.end["sentence"] == said


def test_who_wanted_the_end_is_told_and_what_ran(session: Session) -> None:
    session.reporter.pytest_runtest_logstart(TEST)
    wish = SimpleNamespace(value=SessionEnded("SIGTERM"))
    session.reporter.pytest_keyboard_interrupt(cast("Any", wish))
    assert session.finish(2) == 2
    said = f"The session was stopped by SIGTERM while {TEST} ran; tests until then: 0."
    assert session.end["sentence"] == said


def test_an_error_inside_pytest_is_the_bench_s(session: Session) -> None:
    broken = SimpleNamespace(exconly=lambda: "KeyError: 'x'.\nand more")
    session.reporter.pytest_internalerror(cast("Any", broken))
    assert session.finish(3) == 2
    assert session.end["sentence"] == "The bench itself failed: KeyError: 'x'."


def test_files_that_cannot_be_imported_are_told_by_the_first(session: Session) -> None:
    for failed, name in ((False, "fine.py"), (True, "test_a.py"), (True, "test_b.py")):
        report: Any = SimpleNamespace(failed=failed, nodeid=name)
        session.reporter.pytest_collectreport(report)
    assert session.finish(2) == 2
    assert session.end["sentence"] == "test_a.py could not be collected."


def test_without_a_terminal_the_verdict_goes_to_stderr(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    session.terminal = None
    session.test()
    assert session.finish() == 0
    assert capsys.readouterr().err == "PASS  Every test that ran on fake passed.\n"


def test_messages_of_several_lines_are_shown_in_full_and_once(session: Session) -> None:
    for name in ("test_it.py::test_a", "test_it.py::test_b"):
        session.test("BENCH", name, longrepr="BENCH: No port.\nLook \x1b there.")
    session.test("BENCH", "test_it.py::test_c", longrepr="BENCH: one line")
    session.hil.journal.record("fault", test="", message="leak\nof 16 bytes")
    terminal = Terminal()
    session.reporter.pytest_terminal_summary(terminal)
    assert terminal.lines == [
        "=== BENCH ===",
        "No port.\nLook \\x1b there.",
        "=== FAIL outside a test ===",
        "leak\nof 16 bytes",
    ]

"""The page and the verdict, from journals."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from harness.cli.app import run_cli
from harness.report import Counts, Journal, ReportFolder, Verdict, plots, read_run, write_html
from harness.report import html as html_module
from harness.report.html import group_measurements
from harness.report.plots import error_histogram, series
from harness.report.run import Measurement


def journal_of(folder: Path, *, end: bool = True, verdict: str = "FAIL") -> Path:
    """The journal of a small session with one of everything."""
    journal = Journal(folder / "metrics.jsonl")
    journal.record("session", label="qemu", target="qemu", command="pytest <x>")
    journal.record("versions", versions={"numpy": "2.4"})
    journal.record("step", name="build", detail="up to date", seconds=0.03)
    journal.record("boot", report={"chip": "rv32imafc", "boot_nonce": "0x1"})
    for i in range(20):
        name = f"test_it.py::test_{i}"
        journal.record(
            "compare",
            test=name,
            what=f"attention {i}",
            ratio=0.01 * (i + 1),
            error=1e-7,
            limit=2e-6,
            worst=[i],
            count=9,
        )
        journal.record(
            "measure", test=name, name="classify", value=100 + i, unit="instr", budget=110
        )
        journal.record("sample", values={"heap_free": 1000 - i, "queue_drops": 0})
        verdict_of = {3: "FAIL", 4: "BENCH", 5: "SKIP"}.get(i, "PASS")
        journal.record(
            "test",
            test="",
            name=name,
            verdict=verdict_of,
            setup_s=0.001,
            call_s=0.1,
            teardown_s=0.002,
            message="<script>alert(1)</script>" if verdict_of == "FAIL" else "",
            reason="needs radio" if verdict_of == "SKIP" else "",
            repeat=f"pytest --target qemu {name}",
            log=[f"I (1) log of {i}"],
            sections={"traceback": "line 1"} if verdict_of == "FAIL" else {},
        )
    if end:
        journal.record("end", verdict=verdict, sentence="1 test failed on qemu.", seconds=61.0)
    return journal.path


class Links(HTMLParser):
    """Collects what the page would load, and checks that tags are closed."""

    VOID = frozenset({"meta", "br", "link", "img", "input", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "xlink:href") and value and not value.startswith("#"):
                self.loads.append(value)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_complete_and_loads_nothing(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    write_html(read_run(journal_of(tmp_path)), page)
    html = page.read_text()
    links = Links()
    links.feed(html)
    assert links.loads == [] and links.open == []
    for expected in (
        "1 test failed on qemu.",
        "17 passed, 1 failed, 1 skipped, 1 bench",
        "needs radio",
        "pytest --target qemu test_it.py::test_3",
        "I (1) log of 7",
        "rv32imafc",
        "1 min 01 s",
        "pytest &lt;x&gt;",
    ):
        assert expected in html, expected
    assert html.index("1 test failed on qemu.") < html.index("What went wrong")
    assert "<script>alert(1)" not in html


def test_a_session_that_was_killed_is_the_bench(tmp_path: Path) -> None:
    run = read_run(journal_of(tmp_path, end=False))
    assert run.verdict is Verdict.FAIL  # one of its tests had failed before
    (tmp_path / "empty").mkdir()
    Journal(tmp_path / "empty" / "metrics.jsonl").record("session", label="host", command="")
    killed = read_run(tmp_path / "empty" / "metrics.jsonl")
    assert killed.verdict is Verdict.BENCH
    assert "ended from outside" in killed.sentence


def test_the_page_can_be_made_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal_of(tmp_path, end=False)
    assert run_cli(["report", str(tmp_path)]) == 0
    assert (tmp_path / "report.html").stat().st_size > 10_000
    assert "FAIL: 17 passed" in capsys.readouterr().out


def test_a_folder_without_a_session_has_no_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(["report", str(tmp_path)]) == 2
    (tmp_path / "metrics.jsonl").write_text("not json\n")
    assert run_cli(["report", str(tmp_path)]) == 2
    assert "does not begin with a session" in capsys.readouterr().err


def test_the_histogram_counts_every_comparison() -> None:
    ratios = [0.0, 1e-9, 0.02, 0.5, 1.0, 1.0001, 30.0, float("inf")]
    svg = error_histogram(ratios)
    titles = re.findall(r'<desc class="value">(\d+)</desc>', svg)
    assert sum(map(int, titles)) == len(ratios)


def test_the_measurement_nearest_its_budget_is_shown() -> None:
    values = [("a", 5.0, 10.0), ("a", 9.0, 100.0), ("a", 7.0, 7.0), ("b", 1.0, None)]
    groups = group_measurements([Measurement(n, v, "u", b, "", "t") for n, v, b in values])
    assert [(g.name, g.count, g.worst.value, g.lowest) for g in groups] == [
        ("a", 3, 7.0, 5.0),
        ("b", 1, 1.0, 1.0),
    ]
    assert groups[0].worst.is_within is True and groups[1].worst.is_within is None


@pytest.mark.parametrize(
    ("counts", "verdict", "status"),
    [
        (Counts(passed=1), Verdict.PASS, 0),
        (Counts(passed=1, skipped=5), Verdict.PASS, 0),
        (Counts(passed=1, bench=1), Verdict.BENCH, 2),
        (Counts(failed=1, bench=1), Verdict.FAIL, 1),
        (Counts(skipped=3), Verdict.FAIL, 1),
        (Counts(), Verdict.FAIL, 1),
    ],
)
def test_the_verdict_of_counts(counts: Counts, verdict: Verdict, status: int) -> None:
    assert counts.verdict() is verdict
    assert verdict.exit_status == status


def test_two_reports_of_one_second_have_folders_of_their_own(tmp_path: Path) -> None:
    import datetime

    now = datetime.datetime(2030, 1, 2, 3, 4, 5)
    names = [ReportFolder.create(tmp_path, "qemu", now).path.name for _ in range(3)]
    assert names == ["20300102-030405-qemu", "20300102-030405-qemu-2", "20300102-030405-qemu-3"]


def soak_journal(folder: Path, minutes: int = 40, *, ended: bool = True) -> Path:
    """The journal of a soak with a leak."""
    journal = Journal(folder / "metrics.jsonl")
    journal.record("session", label="host", target="host", command="pytest")
    journal.record("soak_plan", minutes=60, clock="stepped")
    for minute in range(1, minutes + 1):
        values = {"heap_free": 67_000_000 - 16 * minute, "missing": 0, "logits": 0.01 * minute}
        journal.record("soak", minute=minute, node_s=60.0, scenario="empty", values=values)
    if ended:
        journal.record("finding", minute=40, what="trend", message="heap_free: the heap leaks")
        journal.record("trend", name="heap_free", slope=-16.0, chance=1e-9, text="")
        journal.record("soak_end", sentence="40 min, and 1 things wrong", minutes=minutes)
    return journal.path


def test_a_soak_has_its_findings_trends_and_a_plot_a_series(tmp_path: Path) -> None:
    write_html(read_run(soak_journal(tmp_path)), tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "40 min, and 1 things wrong" in page
    assert "heap_free: the heap leaks" in page and "-16" in page
    assert page.count("minutes of the node&#39;s time") + page.count("minutes of the node's") >= 3
    assert "Series that never moved (1)" in page


def test_a_soak_that_was_killed_shows_what_it_had(tmp_path: Path) -> None:
    run = read_run(soak_journal(tmp_path, 7, ended=False))
    assert run.soak.sentence == "7 of 60 minutes, then it was ended"
    assert len(run.soak.series["heap_free"]) == 7


def test_a_leak_of_a_few_bytes_shows_in_its_plot() -> None:
    """On an axis that begins at 0, or that leaves a share of 67 MB, it would be a flat line."""
    points = [(float(minute), 67e6 - 16 * minute) for minute in range(40)]
    svg = series("heap", points, unit=64.0)
    paths = [re.findall(r"-?[\d.]+", path) for path in re.findall(r'<path d="M([^"]+)"', svg)]
    (line,) = (numbers for numbers in paths if len(numbers) == 2 * len(points))
    heights = [float(height) for height in line[1::2]]
    assert max(heights) - min(heights) > 50


def test_another_node_s_samples_have_a_plot_of_their_own(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "metrics.jsonl")
    journal.record("session", label="host", target="host", command="pytest")
    for i in range(3):
        journal.record("sample", values={"heap_free": 1000 + i})
        journal.record("sample", values={"heap_free": 2000 + i}, node=2)
    write_html(read_run(journal.path), tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "Free heap after each test (bytes)<" in page
    assert "Free heap after each test (bytes), node 2<" in page


def test_a_plot_that_cannot_be_drawn_costs_no_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> str:
        raise TypeError("'<' not supported\x1b[2J <b>")

    for name in ("series", "error_histogram"):
        monkeypatch.setattr(plots, name, broken)
    page = tmp_path / "report.html"
    assert write_html(read_run(journal_of(tmp_path)), page) == ""
    html = page.read_text()
    links = Links()
    links.feed(html)
    assert links.open == [] and "1 test failed on qemu." in html
    says = "A plot could not be drawn: TypeError: &#39;&lt;&#39; not supported\\x1b[2J &lt;b&gt;."
    assert html.count(says) == 3, "the histogram and two series"


def test_a_page_that_cannot_be_made_has_a_plain_one_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_arguments: object) -> str:
        raise RuntimeError("of a template")

    path = journal_of(tmp_path)
    monkeypatch.setattr(html_module, "render", broken)
    page = tmp_path / "report.html"
    assert write_html(read_run(path), page) == "RuntimeError: of a template"
    html = page.read_text()
    links = Links()
    links.feed(html)
    assert links.loads == [] and links.open == []
    for expected in (
        "FAIL: qemu",
        "1 test failed on qemu.",
        "17 passed, 1 failed, 1 skipped, 1 bench",
        "could not be made: RuntimeError: of a template.",
        "pytest --target qemu test_it.py::test_3",
    ):
        assert expected in html, expected
    assert "<script>alert(1)" not in html
    assert run_cli(["report", str(tmp_path)]) == 2
    assert "the page is a plain one, without plots: RuntimeError" in capsys.readouterr().err

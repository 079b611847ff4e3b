"""The figures on recordings, on what a node that is made up says: each against a count by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.report import plots
from harness.sensing.figure import Figure, over_subjects
from harness.sensing.recordings.frames import Frames, Recording, Span, frames_of, from_amplitudes
from harness.sensing.sense import breathing, cost, falls, movement, rooms
from harness.sensing.sense.disturbed import fan, gain_steps, odd_frames
from harness.sensing.sense.listening import NodeOutput, listen
from harness.sensing.sense.page import write_page
from harness.sensing.sense.rooms import is_steady
from kernels_ref.carriers import layout_word
from kernels_ref.edge.config import Quality
from tests.harness.hostile import HOSTILE, check_page

FEATURES = np.dtype(
    [
        ("respiration_bpm", "<f4"),
        ("quality_flags", "<u2"),
        ("motion_energy", "<f4"),
        ("active", "?"),
        ("falls", "<u4"),
    ]
)
S = 1_000_000
VALID = int(Quality.RESPIRATION_VALID)

Script = Callable[[Frames, np.ndarray], None]


class Library:
    """Says of frames what a script says; keeps what it heard."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.heard: list[Frames] = []

    def session(self, _config: object) -> Any:
        return self

    def push(self, frames: Frames) -> np.ndarray:
        self.heard.append(frames)
        out = np.zeros(len(frames), FEATURES)
        self.script(frames, out)
        return out


def silent(_frames: Frames, _out: np.ndarray) -> None:
    """Says nothing."""


def made(seconds: float, rate: float = 10.0, begin_s: float = 0.0, width: int = 8) -> Frames:
    us = np.rint(np.arange(int(seconds * rate) + 1) / rate * 1e6).astype(np.int64)
    iq = np.random.default_rng(1).integers(5, 50, (len(us), width), dtype=np.int8)
    return frames_of(us + int(begin_s * 1e6), iq)


def recording(frames: Frames, label: str, **more: Any) -> Recording:
    told = {"data_set": "set", "name": label, "session": "room", **more}
    return Recording(label=label, read=lambda: frames, **told)


def told(
    seconds: float, active: list[tuple[float, float]], energy: float = 1.0, rate: float = 10.0
) -> NodeOutput:
    frames = made(seconds, rate)
    features = np.zeros(len(frames), FEATURES)
    features["motion_energy"] = energy
    for begin, end in active:
        features["active"] |= (frames.us >= begin * 1e6) & (frames.us < end * 1e6)
    return NodeOutput(frames.us, features)


def by_name(figures: list[Figure], start: str) -> Figure:
    (found,) = [figure for figure in figures if figure.name.startswith(start)]
    return found


# ---- breathing


def test_each_window_is_heard_by_a_fresh_node_for_a_minute_and_the_frame_behind_it() -> None:
    def script(frames: Frames, out: np.ndarray) -> None:
        out["respiration_bpm"] = 12.0
        out["respiration_bpm"][-1] = 14.0 if frames.us[0] == 30 * S else 12.5
        out["quality_flags"][-1] = VALID if frames.us[0] else 0

    library = Library(script)
    person = recording(made(180), "breathing", truth_bpm=12.0, subject="ann")
    heard = breathing.hear(library, person)  # type: ignore[arg-type]
    assert heard.whole is not None and heard.whole.right
    spans = [(int(f.us[0]), int(f.us[-1])) for f in library.heard]
    assert spans[0] == (0, 180 * S)
    assert spans[1:] == [(s * S, (s + 60) * S) for s in (0, 30, 60, 90, 120)]
    assert [w.right for w in heard.windows] == [True, False, True, True, True]
    assert [w.valid for w in heard.windows] == [False, True, True, True, True]
    found = breathing.figures([heard])
    assert by_name(found, "breathing within 1 a minute after 60 s").value == pytest.approx(0.8)
    assert by_name(found, "called valid after 60 s, and right").value == pytest.approx(0.75)
    assert [f.value for f in found if f.name == "called valid after 60 s"] == [pytest.approx(0.8)]


def test_a_short_recording_has_windows_and_no_three_minutes() -> None:
    library = Library(silent)
    person = recording(made(75), "breathing", truth_bpm=12.0)
    heard = breathing.hear(library, person)  # type: ignore[arg-type]
    assert heard.whole is None
    assert [int(f.us[0]) for f in library.heard] == [0]


def answers(pace: float, right: int, wrong: int) -> list[breathing.Breather]:
    made_up = [breathing.Answer(f"p{i}", pace, pace + 0.9, True) for i in range(right)]
    made_up += [breathing.Answer(f"w{i}", pace, pace + 1.1, True) for i in range(wrong)]
    return [breathing.Breather(answer, []) for answer in made_up]


@pytest.mark.parametrize(
    ("pace", "right", "of", "target", "met"),
    [
        (10.0, 18, 18, 18, True),
        (10.0, 17, 18, 18, False),
        (15.0, 17, 18, 17, True),
        (20.0, 13, 18, 14, False),
        (15.0, 20, 22, 20, True),
        (12.0, 1, 18, None, None),
    ],
)
def test_so_many_of_so_many_at_a_pace(
    pace: float, right: int, of: int, target: int | None, met: bool | None
) -> None:
    found = breathing.figures(answers(pace, right, of - right))
    figure = by_name(found, f"breathing within 1 a minute after 180 s, at {pace:g}")
    assert (figure.value, figure.target, figure.met) == (right, target, met)
    assert figure.unit == f"of {of}"


def test_who_is_not_there_is_not_measured() -> None:
    empty = recording(made(60), "empty", truth_bpm=12.0)
    unknown = recording(made(60), "breathing")
    assert breathing.jobs([empty, unknown]) == []


# ---- rooms


def test_alarms_are_what_is_told_anew() -> None:
    says = told(200, [(0, 5), (20, 21), (40, 41), (100, 140)])
    at = rooms.alarms_within(says, 0, 200 * S)
    assert at == [20 * S, 100 * S], "40 s is within half a minute of 20 s; 0 s was up before"
    assert rooms.alarms_within(says, 110 * S, 200 * S) == [125 * S], "up for more than 15 s"
    assert rooms.alarms_within(says, 50 * S, 90 * S) == []
    assert rooms.alarms_within(says, 300 * S, 400 * S) == []


def test_a_mover_is_told_within_fifteen_seconds_or_is_not() -> None:
    says = told(100, [(47, 60)])
    assert rooms.told_within(says, 40 * S) == 7 * S
    assert rooms.told_within(says, 30 * S) is None
    assert rooms.told_within(says, 70 * S) is None


def test_energies_are_taken_once_a_second_of_settled_time() -> None:
    says = told(20, [])
    assert len(says.energies()) == 16  # from the sixth second on, and the last frame's second
    assert len(says.energies(10 * S, 12 * S)) == 2
    gap = NodeOutput(np.concatenate([says.us, says.us + 30 * S]), np.tile(says.features, 2))
    assert len(gap.energies()) == 32, "after a gap means begin again"


def test_a_session_is_heard_from_its_first_empty_stretch_on() -> None:
    labels = [("settling", 0, 5), ("empty", 5, 65), ("moving", 65, 105), ("empty", 105, 165)]
    spans = tuple(Span(label, a * S, b * S) for label, a, b in labels)

    def script(frames: Frames, out: np.ndarray) -> None:
        out["active"] = ((frames.us >= 70 * S) & (frames.us < 100 * S)) | (frames.us >= 150 * S)
        out["falls"] = 1
        out["motion_energy"] = np.where(frames.us < 65 * S, 1, 2)

    library = Library(script)
    session = recording(made(165), "empty", spans=spans)
    heard = rooms.hear_session(library, session)  # type: ignore[arg-type]
    assert int(library.heard[0].us[0]) == 5 * S
    assert [mover.told_us for mover in heard.movers] == [5 * S]
    assert [(one.us, len(one.alarms_us)) for one in heard.watched] == [(30 * S, 0), (60 * S, 1)]
    assert len(heard.stretches) == 2
    assert [one.label for one in heard.energies] == ["empty", "moving", "empty"]


def test_an_empty_room_comes_before_everybody_who_moves_in_it() -> None:
    empty, other = recording(made(60), "empty"), recording(made(60), "empty", session="hall")
    walker = recording(made(60, begin_s=1000), "walking")
    pairs = [job for job in rooms.jobs([empty, other, walker]) if job.work is rooms.hear_pair]
    assert [job.arguments for job in pairs] == [(empty, walker)]
    library = Library(silent)
    heard = rooms.hear_pair(library, empty, walker)  # type: ignore[arg-type]
    (frames,) = library.heard
    assert (np.diff(frames.us) > 0).all()
    assert int(np.diff(frames.us).max()) <= 100_000
    assert frames.seconds == pytest.approx(90, abs=0.2)
    assert heard.movers[0].told_us is None
    assert by_name(movement.figures([heard]), "a mover told").met is False


def level(of: float, seed: int) -> Frames:
    rng = np.random.default_rng(seed)
    amplitudes = np.maximum(rng.normal(60, of, (400, 32)), 1)
    gain = rng.choice([0.5, 0.7, 1.0], (400, 1))
    return frames_of(np.arange(400) * 100_000, from_amplitudes(np.rint(amplitudes * gain)))


def test_a_room_is_steady_when_its_empty_stretches_are_alike() -> None:
    assert is_steady([level(6, 1), level(6.5, 2)])
    assert not is_steady([level(6, 1), level(6.5, 2), level(8, 3)])
    assert is_steady([level(6, 1)]) and is_steady([])
    short = level(20, 4).chosen(slice(0, 50))
    assert is_steady([level(6, 1), short]), "too short to say"


# ---- figures of movement, of nobody, of falls


@pytest.mark.parametrize(
    ("low", "high", "right"),
    [([1, 2], [3, 4], 1.0), ([3, 4], [1, 2], 0.0), ([1, 2], [1, 2], 0.5), ([1, 3], [2, 4], 0.75)],
)
def test_auc(low: list[float], high: list[float], right: float) -> None:
    assert movement.auc(low, high) == right


def energies(session: str, label: str, values: list[float], subject: str = "") -> rooms.Heard:
    return rooms.Heard(energies=[rooms.Energies("x", "set", session, subject, label, values)])


def test_auc_of_sessions_and_of_persons() -> None:
    heard = [
        energies("a", "empty", [1, 2]),
        energies("a", "moving", [3, 4]),
        energies("b", "empty", [1, 3]),
        energies("b", "walking", [2, 4]),
        energies("c", "empty", [9, 9]),
        energies("p", "breathing", [1, 1], "ann"),
        energies("p", "walking", [0, 2], "ann"),
    ]
    found = movement.figures(heard)
    assert by_name(found, "empty against moving: AUC of motion_energy, mean").value == 0.875
    assert by_name(found, "empty against moving: AUC of motion_energy, worst").value == 0.75
    assert by_name(found, "still against walking").value == 0.5


def watched(name: str, alarms: int, steady: bool = True, label: str = "empty") -> rooms.Heard:
    one = rooms.Watched(name, label, steady, 1800 * S, [i * 60 * S for i in range(alarms)])
    return rooms.Heard(watched=[one])


def test_false_alarms_an_hour() -> None:
    heard = [
        watched("a", 0),
        watched("b", 1),
        watched("c", 7, False),
        watched("d", 2, True, "still"),
    ]
    found = movement.figures(heard)
    steady = by_name(found, "false alarms of movement an hour, steady")
    assert (steady.value, steady.met, steady.note) == (1.0, True, "1 in 1.00 h")
    every = by_name(found, "false alarms of movement an hour, all")
    assert (every.value, every.met) == (pytest.approx(16 / 3), None)
    assert by_name(found, "movement told an hour").value == 4.0


def stretch(data_set: str, label: str, breathes: bool, n_falls: int = 0) -> rooms.Heard:
    return rooms.Heard(stretches=[rooms.Stretch("x", data_set, label, 60 * S, breathes, n_falls)])


def test_the_negative_control() -> None:
    heard = [
        stretch("with", "breathing", True),
        stretch("with", "empty", True),
        *[stretch("without", "empty", i == 0) for i in range(22)],
    ]
    control, elsewhere = breathing.figures_of_empty_rooms(heard)
    assert (control.value, control.target, control.met) == (1, 0, False)
    assert (elsewhere.value, elsewhere.target, elsewhere.met) == (1, 1, True)
    assert elsewhere.unit == "of 22"


def test_falls_where_nobody_falls() -> None:
    heard = [stretch("a", "breathing", False, 2), stretch("a", "empty", False)]
    disturbed = [falls.Disturbed("x", "a fan added", 1), falls.Disturbed("y", "a fan added", 0)]
    actions = [falls.Action("p", "fall", True), falls.Action("p", "fall", False)]
    found = falls.figures(heard, disturbed, actions)
    still = by_name(found, "falls told, persons still")
    assert (still.value, still.met, still.note) == (2, False, "0.02 h")
    assert by_name(found, "falls told, empty rooms").met is True
    assert by_name(found, "falls told, a fan added").value == 1
    action = by_name(found, "a fall told, action fall")
    assert (action.value, action.unit, action.met) == (1, "of 2", None)


def test_what_it_costs() -> None:
    records = [
        {
            "kind": "measure",
            "name": "edge features for 20 ms, mean, a",
            "value": 90_000,
            "unit": "instructions",
        },
        {
            "kind": "measure",
            "name": "edge features for 20 ms, mean, b",
            "value": 110_000,
            "unit": "instructions",
        },
        {
            "kind": "measure",
            "name": "edge features for 20 ms, most, a",
            "value": 200_000,
            "unit": "instructions",
        },
        {"kind": "measure", "name": "edge state, a", "value": 40_000, "unit": "bytes"},
        {
            "kind": "measure",
            "name": "edge features for 20 ms, mean, c",
            "value": 9e9,
            "unit": "cpu_cycles",
        },
        {"kind": "test", "name": "edge features for 20 ms, mean"},
    ]
    state, mean, most, as_it_came = cost.figures(50_000, records)
    assert (as_it_came.value, as_it_came.met) == (None, None)
    assert [(f.value, f.met) for f in (state, mean, most)] == [
        (40_000, True),
        (110_000, False),
        (200_000, True),
    ]
    assert cost.figures(50_000, [])[1].value is None


def test_the_interval_is_over_whole_subjects() -> None:
    def mean(values: list[float]) -> float:
        return float(np.mean(values))

    alike = over_subjects([[0.0, 1.0]] * 5, mean)
    assert alike == (0.5, 0.5), "every subject is the same, whoever is drawn"
    low, high = over_subjects([[0.0, 0.0], [1.0, 1.0]] * 5, mean) or (0, 0)
    assert low < 0.35 and high > 0.65
    assert over_subjects([[1.0]], mean) is None


def test_a_target_can_be_the_most_or_the_least() -> None:
    assert Figure("a", 1.0, 1.0).met and Figure("a", 1.0, 1.0, at_least=False).met
    assert Figure("a", 2.0, 1.0, at_least=False).met is False
    assert Figure("a", None, 1.0).met is None
    assert Figure("a", 0.5, 1.0).to_json()["met"] is False


# ---- disturbances


def quiet(rate: float = 50.0) -> Frames:
    rng = np.random.default_rng(2)
    us = np.rint(np.arange(int(60 * rate)) / rate * 1e6).astype(np.int64)
    iq = np.tile(rng.integers(-40, 40, 128, dtype=np.int8), (len(us), 1))
    return frames_of(us, iq, layout=layout_word(1))


def test_odd_frames_are_few() -> None:
    frames = quiet()
    changed = (odd_frames(frames).iq != frames.iq).any(axis=1)
    assert np.flatnonzero(changed).tolist() == [1900, 2200, 2201, 2500]


def test_gain_steps_leave_the_ratios() -> None:
    frames = quiet()
    stepped = gain_steps(frames).iq.astype(float)
    for i in (1850, 2060, 2310, 2610):
        factor = np.abs(stepped[i]).sum() / np.abs(frames.iq[i].astype(float)).sum()
        assert np.abs(stepped[i] - factor * frames.iq[i]).max() < 1.01
    assert np.array_equal(stepped[:1849], frames.iq[:1849])


def test_a_fan_swings_and_does_nothing_else() -> None:
    frames = quiet()
    turned = fan(frames)
    assert turned is not None
    assert np.array_equal(turned.iq[:1749], frames.iq[:1749])
    z = turned.iq[1800:2824].astype(float).reshape(1024, 64, 2)
    level = np.hypot(z[:, 5, 0], z[:, 5, 1])
    power = np.abs(np.fft.rfft(level - level.mean())) ** 2
    hertz = np.fft.rfftfreq(1024, 0.02)
    near = np.min(np.abs(hertz[:, None] - 7.3 * np.arange(1, 4)), axis=1) < 0.3
    assert power[near].sum() > 0.8 * power.sum(), "at 7.3 Hz and its multiples"
    assert fan(frames_of([0, 1], from_amplitudes(np.ones((2, 64)) * 9))) is None


def test_listening_hands_over_what_the_library_says() -> None:
    frames = made(3)

    def script(_frames: Frames, out: np.ndarray) -> None:
        out["quality_flags"][5:] = VALID | 64

    told_ = listen(Library(script), frames)  # type: ignore[arg-type]
    assert told_.breathing_is_valid().tolist() == [False] * 5 + [True] * (len(frames) - 5)


def test_what_names_recordings_is_shown_on_the_page_and_not_obeyed(tmp_path: Path) -> None:
    """A manifest of one's own names persons, rooms and actions as it likes."""
    page = tmp_path / "sense.html"
    figures = [Figure(f"a {HOSTILE}", 0.5, 1.0, unit=HOSTILE, note=HOSTILE)]
    picture = plots.bars([HOSTILE], {HOSTILE: [1.0]}, "action", "told")
    write_page(page, figures, {f"of {HOSTILE}": picture}, f"on {HOSTILE}")
    text = page.read_text(encoding="utf-8")
    check_page(text)
    assert "<svg" in text and text.count("&lt;script&gt;") >= 7


def test_plots_show_what_their_titles_hold() -> None:
    for plot in (
        plots.series(HOSTILE, [(0.0, 1.0), (1.0, 2.0)]),
        plots.over_time(HOSTILE, {HOSTILE: [(0.0, 1.0)], "b": [(0.0, 1.0)]}, (0.0, 1.0), 1.0),
        plots.unit_square({HOSTILE: [(0.0, 0.0), (1.0, 1.0)]}, "a", "b"),
    ):
        check_page(plot)

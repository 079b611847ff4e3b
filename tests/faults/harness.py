"""Deliberate faults in the harness itself: each is a wrong verdict, or one that says too little."""

from __future__ import annotations

from tests.faults.harness_data import HARNESS_DATA, TRAINING
from tests.faults.harness_deploy import HARNESS_DEPLOY
from tests.faults.workshop import Edit, Fault

COMPARE = "harness/compare/tolerance.py"
BLAME = "harness/plugin/blame.py"
BENCH = "harness/plugin/hil_session.py"
CLOSING = "harness/plugin/closing.py"
JUDGED = "harness/plugin/judged.py"
VERDICTS = "harness/plugin/verdicts.py"
LAST_WORDS = "harness/node/last_words.py"
PORT = "harness/connection/serial_port.py"
JOURNAL = "harness/report/journal.py"

_PASSES_WHAT_IS_WRONG = (
    Fault(
        "of no error and no budget the share is no number",
        (
            Edit(
                COMPARE,
                "return np.divide(error, limit, out=share, where=limit > 0.0)",
                "return np.divide(error, limit)",
            ),
        ),
        "test_compare_tolerance.py::test_where_the_budget_is_zero_only_the_same_value_passes",
        ("ratio=nan",),
    ),
    Fault(
        "what is not finite has no error",
        (
            Edit(
                COMPARE,
                "np.where(np.isfinite(device), np.abs(device - oracle), np.inf)",
                "np.where(np.isfinite(device), np.abs(device - oracle), 0.0)",
            ),
        ),
        "test_compare_tolerance.py::test_a_value_that_is_not_finite_is_beyond_every_budget",
        ("DID NOT RAISE",),
    ),
    Fault(
        "a budget that is no number is taken",
        (
            Edit(
                COMPARE,
                "np.all(np.isfinite(limit) & (limit >= 0.0))",
                "np.all(~np.isnan(limit) & (limit >= 0.0))",
            ),
        ),
        "test_compare_tolerance.py::test_a_budget_that_is_none_judges_nothing",
        ("DID NOT RAISE",),
    ),
    Fault(
        "an array that was read is not compared with the one in the node",
        (
            Edit(
                "harness/node/exports.py",
                "            if zlib.crc32(data) != crc:\n",
                "            if False and zlib.crc32(data) != crc:\n",
            ),
        ),
        "test_exports.py::test_an_array_that_is_damaged_on_its_way_back_is_found",
        ("DID NOT RAISE",),
    ),
    Fault(
        "a node is not looked at after the last fixture",
        (Edit(VERDICTS, "        hil.look_again()\n", "        pass\n"),),
        "test_session_blame.py::"
        "test_a_node_that_restarts_fails_the_test_by_whatever_name_it_was_asked_for",
        ("'test_in_tear_down': 'PASS'", "'test_in_tear_down': 'FAIL'"),
    ),
    Fault(
        "a node is not looked at after a test's call",
        (Edit(VERDICTS, "        hil.sample()\n", "        pass\n"),),
        "test_verdicts.py::test_the_node_is_looked_at_after_the_call_and_after_the_last_fixture",
        ("assert [] == ['sample']",),
    ),
    Fault(
        "only tests that name the node are about it",
        (
            Edit(
                JUDGED,
                'return "hil_session" in getattr(item, "fixturenames", ())',
                'return "node" in getattr(item, "fixturenames", ())',
            ),
            Edit(BENCH, "        self.was_used = True\n", ""),
        ),
        "test_session_blame.py::"
        "test_a_node_that_restarts_fails_the_test_by_whatever_name_it_was_asked_for",
        ("'test_through_dut': 'PASS'", "'test_through_dut': 'FAIL'"),
    ),
    Fault(
        "a restart between two tests is not told",
        (
            Edit(
                BENCH,
                '            self.journal.record("fault", test="", message=message,'
                " **_whose(attached))\n",
                "            del message\n",
            ),
        ),
        "test_session_blame.py::test_a_node_that_restarts_between_two_tests_is_told",
        ("assert 0 == 1",),
    ),
    Fault(
        "a session that judged no device passes",
        (
            Edit(
                CLOSING,
                "if counts.passed and self.judged_device:",
                "if counts.passed:",
            ),
        ),
        "test_closing.py::test_a_session_that_judged_nothing_fails",
        ("Verdict.PASS", "Verdict.FAIL"),
    ),
    Fault(
        "a session that only tells what it would do passes",
        (Edit(JUDGED, '"cacheshow", "setupplan"', '"cacheshow"'),),
        "test_judged.py::test_an_option_that_only_tells_something_runs_no_test[setupplan]",
        ("assert False",),
    ),
    Fault(
        "what follows a number is no need",
        (
            Edit(
                "harness/plugin/needs.py",
                "                yield Need(name, amount)\n",
                "                yield Need(name, amount)\n                break\n",
            ),
        ),
        "test_needs.py::test_the_needs_of_every_marker_in_order",
        ("Need(name='radio', amount=0)",),
    ),
)

_BLAMES_THE_WRONG_ONE = (
    Fault(
        "a datagram that nobody has read yet has not come",
        (
            Edit(
                "harness/sensing/reception/udp.py",
                "            self._hand_on(self._socket, time.monotonic() + _LEFT_S)\n",
                "            pass\n",
            ),
        ),
        "test_reception_owed.py::test_what_has_arrived_is_collected_though_its_reader_has_not_run",
        ("DatagramsLost", "0 of them had arrived"),
    ),
    Fault(
        "what this machine has lost the node has not sent",
        (
            Edit(
                "harness/sensing/reception/reception.py",
                "        if self._owed is None:\n",
                "        if self._owed is not None:\n",
            ),
        ),
        "test_reception_owed.py::test_what_this_machine_has_lost_is_no_fault_of_the_node",
        ("DID NOT RAISE",),
    ),
    Fault(
        "a brown-out in a restart on request is that restart",
        (
            Edit(
                "harness/node/boots.py",
                "        self._check_reason(command, boot, after)\n",
                "",
            ),
        ),
        "test_board_steps.py::test_a_restart_on_request_that_was_another_is_laid_at_the_right_door",
        ("DID NOT RAISE",),
    ),
    Fault(
        "a page that cannot be made is the bench's fault",
        (
            Edit(
                "harness/report/html.py",
                "        text = render(run)\n    except Exception as error:",
                "        text = render(run)\n    except ZeroDivisionError as error:",
            ),
        ),
        "test_session_host.py::test_a_page_that_breaks_changes_no_verdict",
        ("BENCH",),
    ),
    Fault(
        "a port that others may open as well",
        (Edit(PORT, "exclusive=True", "exclusive=None"),),
        "test_port_users.py::test_the_one_that_was_there_first_keeps_every_byte",
        ("DID NOT RAISE", "PortBusy"),
    ),
    Fault(
        "the reset line is pulled when a port is opened",
        (Edit(PORT, "            port.rts = False\n", ""),),
        "test_link_connection.py::"
        "test_the_lines_for_reset_and_boot_mode_are_released_before_a_port_is_open",
        ("(False, True)",),
    ),
    Fault(
        "every error of the system is the bench's",
        (
            Edit(
                BLAME,
                "return isinstance(error, OSError) and error.errno in _HOST_ERRNOS",
                "return isinstance(error, OSError)",
            ),
        ),
        "test_blame.py::test_what_a_peer_does_is_the_device_s",
        ("Verdict.BENCH", "Verdict.FAIL"),
    ),
    Fault(
        "a machine without memory is the device's fault",
        (Edit(BLAME, "BenchError | MemoryError", "BenchError"),),
        "test_blame.py::test_the_verdict_of_one_exception",
        ("Verdict.FAIL", "Verdict.BENCH"),
    ),
    Fault(
        "a cause is not looked for",
        (Edit(BLAME, "        cause = cause.__cause__\n", "        cause = None\n"),),
        "test_blame.py::test_a_cause_is_looked_for_however_deep_it_lies",
        ("Verdict.FAIL", "Verdict.BENCH"),
    ),
    Fault(
        "a fault of the bench hides the device's in one tear-down",
        (
            Edit(
                BLAME,
                "Verdict.FAIL if Verdict.FAIL in verdicts else Verdict.BENCH",
                "Verdict.BENCH if Verdict.BENCH in verdicts else Verdict.FAIL",
            ),
        ),
        "test_blame.py::test_of_several_errors_one_that_blames_the_device_is_enough",
        ("Verdict.BENCH", "Verdict.FAIL"),
    ),
    Fault(
        "a brown-out in mid-test is the device's fault",
        (Edit("harness/device/board.py", '("BROWNOUT", "PWR_GLITCH")', "()"),),
        "test_board_steps.py::test_a_restart_in_mid_test_is_laid_at_the_right_door",
        ("The node reset by itself (reason: BROWNOUT)",),
    ),
    Fault(
        "a full disk ends with the exit status of a wrong device",
        (
            Edit(
                CLOSING,
                "            return Verdict.BENCH, _first_line(str(host))\n",
                "            return Verdict.FAIL, _first_line(str(host))\n",
            ),
        ),
        "test_session_host.py::test_a_disk_that_is_full_ends_the_session",
        ("assert 1 == 2",),
    ),
    Fault(
        "a worker that died is the device's fault",
        (
            Edit(
                "harness/plugin/reporting.py",
                "hil_verdict=Verdict.BENCH.value",
                "hil_verdict=Verdict.FAIL.value",
            ),
        ),
        "test_reporting.py::test_a_worker_that_died_is_the_bench_s_and_ends_its_test",
        ("'FAIL' != 'BENCH'",),
    ),
)

_SAYS_TOO_LITTLE = (
    Fault(
        "the exit status is pytest's own",
        (
            Edit(
                "harness/plugin/reporting.py",
                "        session.exitstatus = self._found.exit_status(verdict)\n",
                "",
            ),
        ),
        "test_reporting.py::test_the_exit_status_and_the_page_are_the_verdict_s",
        ("assert None == 2",),
    ),
    Fault(
        "a fault of the device in set-up is an error in the JUnit file",
        (Edit(VERDICTS, '        report.when = "call"\n', ""),),
        "test_verdicts.py::test_a_fault_of_the_device_is_a_failure_whenever_it_comes",
        ("'setup' == 'call'",),
    ),
    Fault(
        "a session goes on without its device",
        (Edit(VERDICTS, "        hil.end(last)\n", ""),),
        "test_verdicts.py::test_without_a_device_no_test_can_follow",
        ("ConnectionLost",),
    ),
    Fault(
        "an exception is swallowed while the session is prepared",
        (
            Edit(
                BENCH,
                'self.problem = self._host_fault("The session could not be prepared", error)',
                "del error",
            ),
        ),
        "test_session_host.py::test_a_fault_in_the_preparation_itself_is_the_bench_s",
        ("The session could not be prepared: KeyError",),
    ),
    Fault(
        "an exception is swallowed while the session is closed",
        (
            Edit(
                "harness/plugin/lifecycle.py",
                'hil.host_failed("The session could not be closed", error)',
                "del error",
            ),
        ),
        "test_session_host.py::test_a_junit_file_that_is_full_is_told_and_the_page_is_made",
        ("assert 0 == 2",),
    ),
    Fault(
        "a crash carries the next boot instead of the panic",
        (
            Edit(
                LAST_WORDS,
                "    all_lives = lives(lines)\n    for life in all_lives:\n",
                "    all_lives = lives(lines)\n    for life in all_lives[-1:]:\n",
            ),
            Edit(LAST_WORDS, "all_lives[0][-most:] if is_end else lines", "lines"),
        ),
        "test_last_words.py::test_a_crash_carries_the_panic_and_not_the_next_boot",
        ("Guru Meditation Error",),
    ),
    Fault(
        "a report shows the next boot instead of the panic",
        (
            Edit(
                LAST_WORDS,
                "for index in range(len(all_lives) - 1, -1, -1):",
                "for index in range(0):",
            ),
        ),
        "test_last_words.py::test_around_a_crash_both_sides_are_shown",
        ("Guru Meditation Error",),
    ),
    Fault(
        "what a full disk does not take is lost to the page as well",
        (Edit(JOURNAL, "                self.lost.append(line)\n", ""),),
        "test_session_host.py::"
        "test_a_journal_that_is_full_ends_the_session_and_the_page_tells_it_all",
        ("No space left on device' in",),
    ),
    Fault(
        "an earlier session's page stays in the folder",
        (Edit("harness/report/folder.py", "            old.unlink()\n", "            pass\n"),),
        "test_session_words.py::test_a_report_takes_the_place_of_an_earlier_one_and_of_nothing_else",
        ("Left contains 5 more items",),
    ),
    Fault(
        "an error of the bench has pytest's type in the JUnit file",
        (Edit("harness/report/junit.py", '        error.set("type", "BENCH")\n', ""),),
        "test_report_junit.py::test_an_error_of_the_bench_has_its_type_and_its_own_words",
        ("AssertionError",),
    ),
    Fault(
        "a device's escape sequences reach the terminal",
        (Edit(VERDICTS, "    clean_report(report, _in_colour(item.config))\n", ""),),
        "test_verdicts.py::test_nothing_in_a_report_is_obeyed_by_a_terminal",
        ("x1b[31mred",),
    ),
    Fault(
        "a session that is asked to end has no verdict",
        (Edit("harness/plugin/lifecycle.py", "    config.stash[END].turn_on()\n", ""),),
        "test_session_host.py::"
        "test_a_session_that_is_ended_has_a_verdict_and_a_page[SIGTERM-2-SIGTERM]",
        ("assert -15 == 2",),
    ),
)

HARNESS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        *_PASSES_WHAT_IS_WRONG,
        *_BLAMES_THE_WRONG_ONE,
        *_SAYS_TOO_LITTLE,
        *HARNESS_DATA,
        *TRAINING,
        *HARNESS_DEPLOY,
    )
}

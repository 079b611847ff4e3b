"""Deliberate faults of a deployment: what it would then believe, or leave behind."""

from __future__ import annotations

from tests.faults.workshop import Edit, Fault

DEPLOYMENT = "harness/sensing/deploy/deployment.py"
FIT = "harness/sensing/deploy/fit.py"
SCORE = "hil_tests/support/judged.py"

HARNESS_DEPLOY = (
    Fault(
        "a deployment takes the boot report's word for the bytes",
        (Edit(DEPLOYMENT, "        self._check_bytes(commit.slot)\n", ""),),
        "test_deployment.py::test_what_does_not_run_is_taken_back",
        ("DID NOT RAISE",),
    ),
    Fault(
        "a deployment does not look at the CRC that the boot report names",
        (
            Edit(
                DEPLOYMENT,
                "        if told != (self.model.crc, len(self.model.data), commit.generation):\n",
                "        if told[1:] != (len(self.model.data), commit.generation):\n",
            ),
        ),
        "test_deployment.py::test_a_boot_report_of_another_model_is_not_believed",
        ("the boot report says slot 0, generation 1, CRC", "what lies in slot 0"),
    ),
    Fault(
        "rolled back is said and not done",
        (
            Edit(
                DEPLOYMENT,
                "        self.node.partition_erase(store.slot_offset[slot], store.erase_size)\n",
                "        del store\n",
            ),
            Edit(DEPLOYMENT, "        if found != wanted:\n", "        if found == ():\n"),
        ),
        "test_deployment.py::test_what_does_not_run_is_taken_back",
        ("assert (",),
    ),
    Fault(
        "a way back is not looked at",
        (Edit(DEPLOYMENT, "        if found != wanted:\n", "        if found == ():\n"),),
        "test_deployment.py::test_a_way_back_that_leads_elsewhere_is_said",
        ("Rolled back: the node runs slot 0",),
    ),
    Fault(
        "a model of spectra goes to a node that is fed with states",
        (Edit(FIT, "wanted[Setting.TEMPORAL_FEED] = int(model.feed.kind)", "pass"),),
        "test_deployment.py::test_a_model_of_states_is_refused_where_spectra_are_fed",
        ("DID NOT RAISE",),
    ),
    Fault(
        "the spectrum's hop is not compared",
        (Edit(FIT, "Setting.SPECTRUM_HOP: model.feed.spectrum_hop", "Setting.START_HEAD: 1"),),
        "test_deployment.py::test_each_setting_is_looked_at",
        ("spectrum_hop is 10 and has to be 5", "DID NOT RAISE"),
    ),
    Fault(
        "every other class is called a tie",
        (
            Edit(
                SCORE,
                "Sides.TIE if self.lead <= self.budget else Sides.OTHER",
                "Sides.TIE",
            ),
        ),
        "test_accuracy_score.py::test_a_tie_is_a_lead_within_both_errors",
        ("Sides.OTHER",),
    ),
)

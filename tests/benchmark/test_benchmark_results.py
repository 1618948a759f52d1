"""What becomes of raw measurements."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.measure import ColdStarts, WarmMessages
from benchmarks.packages import FLOOR_COLD, FLOOR_DECRYPT, FLOOR_REQUEST, SELF_CONTAINED
from benchmarks.process import Cold
from benchmarks.profile import by_package
from benchmarks.results import cold_results, own, read_results, split, warm_results

if TYPE_CHECKING:
    from benchmarks.results import Results

# Name to milliseconds on the clock and of processor, as the probe gives them. KMS is a part of decrypt.
SNS = {
    "total": (30.0, 12.0),
    "screen": (0.5, 0.25),
    "decrypt": (10.0, 4.0),
    "aws:kms": (8.0, 2.0),
    "aws:dynamodb": (8.0, 3.0),
    "compose": (1.0, 0.5),
    "send": (6.0, 2.5),
    "aws:sns": (5.0, 2.0),
    "record": (1.5, 0.75),
}
THIRD_PARTY = {name: span for name, span in SNS.items() if name != "aws:sns"}
METRICS = (
    '{"_aws": {"CloudWatchMetrics": [{"Namespace": "N", "Dimensions": [["service"]],'
    ' "Metrics": [{"Name": "SENT", "Unit": "Count"}, {"Name": "Sent", "Unit": "Count"}]}]},'
    ' "service": "acme", "SENT": [1], "Sent": [1]}\n'
)


def _messages(name: str, spans: dict[str, tuple[float, float]], output: str = "") -> WarmMessages:
    return WarmMessages(name, [spans] * 4, ("kms:Decrypt",), 0, 70.06, output, messages=2)


def test_the_parts_of_a_message_add_up() -> None:
    parts = split(SNS)
    assert parts["rest"] == (3.0, 1.0)
    for index in (0, 1):
        assert sum(part[index] for name, part in parts.items() if name != "total") == parts["total"][index]


def test_what_has_no_seams_has_only_a_total() -> None:
    assert split({"total": (3.0, 2.0), "aws:kms": (1.0, 1.0)}) == {"total": (3.0, 2.0)}


def test_own_overhead_leaves_out_floors_ledger_and_the_call_of_boto3() -> None:
    assert own(SNS, decrypt_floor=3.5, request_floor=1.0) == 12.0 - 3.5 - 3.0 - 2.0


def test_own_overhead_leaves_out_a_bare_request_where_the_provider_is_a_third_party() -> None:
    assert own(THIRD_PARTY, decrypt_floor=3.5, request_floor=1.0) == 12.0 - 3.5 - 3.0 - 1.0


def test_warm_messages_stand_beside_their_floors() -> None:
    found = warm_results(
        [
            _messages(FLOOR_DECRYPT, {"total": (5.0, 3.2)}),
            _messages(FLOOR_REQUEST, {"total": (2.0, 1.25)}),
            _messages(SELF_CONTAINED, THIRD_PARTY, METRICS * 2),
        ]
    )
    assert [result.name for result in found] == [FLOOR_DECRYPT, FLOOR_REQUEST, SELF_CONTAINED]
    ours = found[2]
    assert {name: figure.median for name, figure in ours.ratios.items()} == {"decrypt": 1.25, "send": 2.0}
    assert ours.own_cpu_milliseconds is not None
    assert ours.own_cpu_milliseconds.median == pytest.approx(12.0 - 3.2 - 3.0 - 1.25)
    assert found[0].own_cpu_milliseconds is None
    assert (ours.log_bytes, ours.log_lines, ours.metrics) == (len(METRICS), 1, 2)
    assert ours.peak_mb == 70.1


def test_cold_starts_are_compared_with_the_floor_of_their_round() -> None:
    floor = ColdStarts(FLOOR_COLD, [Cold(100, 90, 50), Cold(400, 90, 50)], (), 0)
    ours = ColdStarts(SELF_CONTAINED, [Cold(150, 99, 60), Cold(600, 99, 60)], ("kms:Decrypt",), 1)
    (_, found) = cold_results([floor, ours])
    assert (found.ratio.low, found.ratio.median, found.ratio.high) == (1.5, 1.5, 1.5)
    assert found.cpu_ratio.median == 1.1


def test_results_are_the_same_when_they_are_read_again(kept: Results) -> None:
    assert read_results(kept.json()) == kept


def test_imports_are_summed_by_package_and_ours_by_module() -> None:
    output = (
        "import time: self [us] | cumulative | imported package\n"
        "import time:      1500 |       1500 |     botocore.client\n"
        "import time:       500 |       2000 |   botocore\n"
        "import time:      2000 |       4000 | custom_sender.handler\n"
        '{"message": "import time: 9 | 9 | not at the start of a line"}\n'
    )
    assert by_package(output) == {"botocore": 2.0, "custom_sender.handler": 2.0}

"""A real network: collapse, bounds and certificates, computed anew from the recorded features.

The features of a recorded run are read and everything is computed from them by the installed version. What
needs torch (training itself, NC1 to NC4, the sweeps) is read from the record, and marked as such.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from simulations.experiments.network.findings.claims import ClaimFinding, findings
from simulations.experiments.network.findings.fits import Slope, slopes
from simulations.experiments.network.record import trace
from simulations.experiments.network.record.heads import HeadMeasures, heads_of
from simulations.experiments.network.record.measures import (
    GRANTED,
    THOROUGH,
    WAYS,
    WORK,
    EpochEffort,
    EpochMeasures,
    cdnv_row,
    found_at,
)
from simulations.experiments.network.record.records import study
from simulations.features.verdict_rows import MeasuredSetting, allow_for_uncertainty
from simulations.jobs.verify.chapters.base import (
    OUTCOMES,
    Chapter,
    Findings,
    Request,
    StatementCount,
    Task,
)
from simulations.verdicts.evaluate import Row, few_shot_bounds, row_json
from simulations.verdicts.verdict import judge
from theory.bound import Bound
from theory.inheritance import override
from theory.setting import Setting

SWEEPS = ("classes", "samples")


@dataclass(frozen=True)
class EpochRow:
    """The error on the new classes at one epoch and setting, with every bound's verdict."""

    epoch: int
    row: Row


@dataclass(frozen=True, eq=False)
class NetworkDetail:
    """``slopes``, ``studies`` and ``claims`` are empty for a run other than the packaged one."""

    trace: trace.Trace
    epochs: tuple[EpochMeasures, ...]
    epoch_rows: tuple[EpochRow, ...]
    studies: dict[str, Any]
    slopes: tuple[Slope, ...]
    claims: tuple[ClaimFinding, ...]
    heads: tuple[HeadMeasures, ...] = ()


def heads_task(folder: Path, seed: int) -> tuple[HeadMeasures, ...]:
    """Heads on the recorded features of the last epoch."""
    recorded = trace.load(folder)
    return heads_of(recorded.groups(recorded.epochs[-1]), seed, WORK / 3)


def epoch_task(folder: Path, epoch: int, bounds: tuple[Bound, ...], seed: int) -> EpochMeasures:
    """The results from the recorded features of one epoch. The last one gets narrower intervals, and every
    certificate."""
    recorded = trace.load(folder)
    groups = recorded.groups(epoch)
    if epoch == recorded.epochs[-1]:
        return found_at(epoch, groups, bounds, seed, EpochEffort(THOROUGH))
    return found_at(epoch, groups, bounds, seed, EpochEffort(ways=(WAYS,)))


class Network(Chapter):
    """The packaged run by default; ``folder`` names another one, as `collapse network` leaves it."""

    name: ClassVar[str] = "network"
    title: ClassVar[str] = "A real network"
    place: ClassVar[float] = 80
    bounds: ClassVar[tuple[Bound, ...]] = ()
    """None of its own: the statements tested here belong to other chapters."""

    def __init__(self, bounds: Sequence[Bound] | None = None, folder: Path | None = None) -> None:
        self.tried = tuple(few_shot_bounds() if bounds is None else bounds)
        self.folder = trace.PACKAGED if folder is None else folder
        self.packaged = folder is None

    @override
    def tasks(self, request: Request) -> Sequence[Task]:
        epochs = trace.load(self.folder).epochs
        return [
            Task(heads_task, (self.folder, request.seed), "network, heads", 3.0),
            *self._epochs(epochs, request),
        ]

    def _epochs(self, epochs: Sequence[int], request: Request) -> list[Task]:
        return [
            Task(
                epoch_task,
                (self.folder, epoch, self.tried, request.seed),
                f"network, epoch {epoch}",
                4.0 if epoch == epochs[-1] else 1.0,
            )
            for epoch in epochs
        ]

    def tests(self, results: Sequence[Any]) -> int:
        """The errors of the epochs; those under heads are reported, not epoch_rows."""
        return sum(len(each.errors) for each in results if isinstance(each, EpochMeasures))

    @override
    def gather(self, results: Sequence[Any], tests: int) -> Findings:
        heads = tuple(each for result in results if isinstance(result, tuple) for each in result)
        results = [each for each in results if isinstance(each, EpochMeasures)]
        recorded = trace.load(self.folder)
        epoch_rows = tuple(row for each in results for row in _judge_epoch(each, self.tried, tests, recorded))
        studies: dict[str, Any] = {}
        if self.packaged:
            studies = {name: study(name) for name in (*SWEEPS, "settings")}
        detail = NetworkDetail(
            trace=recorded,
            epochs=tuple(results),
            epoch_rows=epoch_rows,
            studies=studies,
            slopes=tuple(each for name in SWEEPS if name in studies for each in slopes(studies[name])),
            claims=findings(studies["settings"]) if studies else (),
            heads=heads,
        )
        violations = tuple(
            f"{v.bound}: {v.value:.6g} against a measured error of {each.row.estimate.value:.6g} on the new "
            f"classes of the recorded network at {_where(each)}"
            for each in epoch_rows
            for v in each.row.verdicts
            if v.outcome == "violated"
        )
        return Findings(
            self, (_bound_count(epoch_rows), _certificate_count(results)), violations, _data(detail), detail
        )


def _judge_epoch(
    epoch: EpochMeasures, bounds: Sequence[Bound], tests: int, recorded: trace.Trace
) -> list[EpochRow]:
    new = recorded.groups(epoch.epoch)["new"]
    rows = []
    for error, answers in zip(epoch.errors, epoch.answers, strict=True):
        setting = Setting(error.shots, error.ways)
        verdicts = []
        for bound, answer in zip(bounds, answers, strict=True):
            verdict = judge(bound, answer, error.estimate, tests=tests)
            features = np.asarray(new.features, np.float64)
            measured = MeasuredSetting(setting, error.estimate, features, new.labels)
            verdicts.append(allow_for_uncertainty(verdict, bound, measured, GRANTED, tests=tests))
        rows.append(EpochRow(epoch.epoch, Row(setting, error.estimate, tuple(verdicts))))
    return rows


def _where(each: EpochRow) -> str:
    return f"epoch {each.epoch}, {each.row.setting.shots_text} shots, {each.row.setting.ways} ways"


def _bound_count(epoch_rows: Sequence[EpochRow]) -> StatementCount:
    counts = dict.fromkeys(OUTCOMES, 0)
    worst, where = None, ""
    for judged_row in epoch_rows:
        for verdict in judged_row.row.verdicts:
            counts[verdict.outcome] += 1
            decided = verdict.outcome in ("holds", "violated", "undecided")
            if decided and verdict.ratio is not None and (worst is None or verdict.ratio > worst):
                worst, where = verdict.ratio, f"{verdict.bound}, {_where(judged_row)}"
    return StatementCount("network: few-shot bounds", counts, worst, where)


def _certificate_count(epochs: Sequence[EpochMeasures]) -> StatementCount:
    """A certificate may fail with probability 1 - confidence, so one below the error is only undecided."""
    counts = dict.fromkeys(OUTCOMES, 0)
    worst, where = None, ""
    for epoch in epochs:
        for certified in epoch.certified:
            for certificate in certified.certificates:
                if certificate.value is None or certified.measured is None:
                    counts["not_applicable"] += 1
                    continue
                holds = certified.measured.error <= certificate.value
                counts["vacuous" if certificate.vacuous else "holds" if holds else "undecided"] += 1
                ratio = certified.measured.error / certificate.value
                if not certificate.vacuous and (worst is None or ratio > worst):
                    worst = ratio
                    setting = f"{certified.shots} shots, {certified.ways} ways"
                    where = f"{certificate.name}, epoch {epoch.epoch}, {setting}"
    return StatementCount("network: certificates", counts, worst, where)


def _data(detail: NetworkDetail) -> dict[str, Any]:
    record = detail.trace.record
    return {
        "recorded": {key: record[key] for key in ("data", "recipe", "seed", "versions", "features_sha256")},
        "cdnv": [
            {"epoch": each.epoch, **{name: cdnv_row(spread) for name, spread in each.cdnv.items()}}
            for each in detail.epochs
        ],
        "results": [{"epoch": each.epoch, **row_json(each.row)} for each in detail.epoch_rows],
        "certificates": [
            {"epoch": each.epoch, **certified.to_json()}
            for each in detail.epochs
            for certified in each.certified
        ],
        "slopes": [asdict(each) for each in detail.slopes],
        "claims": [each.to_json() for each in detail.claims],
        "heads": [each.row() for each in detail.heads],
    }

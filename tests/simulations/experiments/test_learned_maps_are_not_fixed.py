"""A learned map is never accepted as a fixed one on the classes that it was learned from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from simulations.experiments.transfer.classes import ClassLaw
from simulations.experiments.transfer.maps import LEARNED, FeatureMap, fit
from simulations.populations.gaussian import GaussianClasses
from theory import catalogue
from theory.assumptions import FiniteFourthMoment, FiniteMoments
from theory.assumptions.sampling import (
    BoundedCdnv,
    BoundedFeatures,
    DistinctClassesFromPool,
    FiniteFamilyOfMaps,
    FixedFeatureMap,
    IndependentClasses,
    IndependentSamples,
    LearnedFromOtherBlocks,
)
from theory.bound import NotApplicable, Value
from theory.bound.confidence import ConfidenceBound
from theory.evidence import (
    BlockErrors,
    EpisodeErrors,
    Evidence,
    KernelSample,
    SourceClasses,
    SourceSamples,
)
from theory.evidence.lineage import Lineage, MapRecord, SplitLineage
from theory.setting import Setting

L, M, P = 6, 10, 4
NAMES = tuple(f"source {c}" for c in range(L))
SETTING = Setting(5, 2)
# All assumptions that a user might grant, at once.
VOUCHED = (
    FixedFeatureMap("classes"),
    FixedFeatureMap("samples"),
    FiniteFamilyOfMaps(1),
    FiniteFamilyOfMaps(10**9),
    BoundedFeatures(1e6),
    IndependentSamples(),
    FiniteFourthMoment(),
    FiniteMoments(),
)
ON_CLASSES = [
    bound
    for bound in catalogue.STATEMENTS
    if isinstance(bound, ConfidenceBound)
    and any(isinstance(a, FixedFeatureMap) and a.before == "classes" for a in bound.assumptions)
]


@pytest.fixture(scope="module")
def inputs() -> Any:
    rng = np.random.default_rng(0)
    return ClassLaw(dimension=P).draw(rng, (2, L)).samples(rng, M)


@pytest.fixture(scope="module")
def learned(inputs: Any) -> FeatureMap:
    return fit("pca", inputs, np.random.default_rng(1), classes=NAMES, draw="first")


def evidence_for(bound: ConfidenceBound, lineage: Lineage, features: Any) -> Evidence:
    if bound.reads is SourceSamples:
        return SourceSamples(features[0], lineage)
    if bound.reads is SourceClasses:
        flat = np.asarray(features[0], dtype=float)

        means = [each.mean(axis=0) for each in flat]
        population = GaussianClasses([mean.tolist() for mean in means], [0.1] * len(means))
        return SourceClasses(population.geometry(), lineage)
    if bound.reads is KernelSample:
        return KernelSample(np.zeros((flat_count(features), flat_count(features))), 1.0, lineage)
    return EpisodeErrors(np.asarray(0.0), flat_count(features), 2, lineage, episodes=50)


def flat_count(features: Any) -> int:
    return int(features.shape[1])


def granted_for(bound: ConfidenceBound) -> tuple[Any, ...]:
    names = {assumption.name for assumption in bound.assumptions}
    if "DistinctClassesFromPool" in names:
        return (*VOUCHED, DistinctClassesFromPool(40), BoundedCdnv(1e9))
    return (*VOUCHED, IndependentClasses())


WAYS_TO_CHEAT: dict[str, Callable[[Lineage], Lineage]] = {
    "as it is": lambda lineage: lineage,
    "classes in another order": lambda lineage: lineage.select(range(L - 1, -1, -1)),
    "fresh samples of the same classes": lambda lineage: Lineage(
        lineage.classes, "second", lineage.feature_map
    ),
    "samples of no stated draw": lambda lineage: Lineage(lineage.classes, None, lineage.feature_map),
    "classes of no stated name": lambda lineage: Lineage(None, lineage.draw, lineage.feature_map),
    "a family that only holds learned maps": lambda lineage: Lineage(
        lineage.classes, lineage.draw, MapRecord.picked_from([lineage.feature_map, MapRecord("fixed")])
    ),
    "a fixed map after the learned one": lambda lineage: Lineage(
        lineage.classes, lineage.draw, lineage.feature_map.then(MapRecord("relu"))
    ),
    "the learned map after a fixed one": lambda lineage: Lineage(
        lineage.classes, lineage.draw, MapRecord("relu").then(lineage.feature_map)
    ),
    "one learned class among new ones": lambda lineage: Lineage(
        (*[f"new {c}" for c in range(L - 1)], NAMES[0]), "second", lineage.feature_map
    ),
}


@pytest.mark.parametrize("cheat", WAYS_TO_CHEAT)
@pytest.mark.parametrize("bound", ON_CLASSES, ids=lambda b: b.name)
def test_every_learned_map_presented_as_fixed_is_refused(
    bound: ConfidenceBound, cheat: str, inputs: Any, learned: FeatureMap
) -> None:
    honest = learned.observe(inputs, NAMES, "first").lineage
    lineage = WAYS_TO_CHEAT[cheat](honest)
    evidence = evidence_for(bound, lineage, learned.apply(inputs))
    answer = bound.evaluate(evidence, SETTING, granted_for(bound))
    assert isinstance(answer, NotApplicable), f"{bound.name} accepted a learned map: {answer}"
    assert "learned" in answer.reason


@pytest.mark.parametrize("bound", ON_CLASSES, ids=lambda b: b.name)
def test_the_same_numbers_on_new_classes_are_accepted(
    bound: ConfidenceBound, inputs: Any, learned: FeatureMap
) -> None:
    """The refusals above come from the lineage and from nothing else."""
    lineage = Lineage(tuple(f"new {c}" for c in range(L)), "second", learned.record)
    evidence = evidence_for(bound, lineage, learned.apply(inputs))
    answer = bound.evaluate(evidence, SETTING, granted_for(bound))
    assert isinstance(answer, Value), answer


@pytest.mark.parametrize("bound", ON_CLASSES, ids=lambda b: b.name)
def test_a_map_of_unknown_origin_needs_a_granted_assumption(bound: ConfidenceBound, inputs: Any) -> None:
    evidence = evidence_for(bound, Lineage(), inputs)
    granted = [a for a in granted_for(bound) if not isinstance(a, FixedFeatureMap | FiniteFamilyOfMaps)]
    answer = bound.evaluate(evidence, SETTING, granted)
    assert isinstance(answer, NotApplicable) and "nothing is recorded" in answer.reason


@pytest.mark.parametrize("name", sorted(LEARNED))
def test_every_learned_map_records_its_classes(name: str, inputs: Any) -> None:
    learned = fit(name, inputs, np.random.default_rng(1), classes=NAMES, draw="first")
    assert learned.record.classes == frozenset(NAMES) and learned.record.draws == {"first"}


def test_new_samples_need_another_draw_of_the_classes(inputs: Any, learned: FeatureMap) -> None:
    bound = catalogue.get("cdnv_new_samples")
    same = bound.evaluate(
        SourceSamples(learned.apply(inputs)[0], Lineage(NAMES, "first", learned.record)), SETTING, VOUCHED
    )
    assert isinstance(same, NotApplicable) and "these very samples" in same.reason
    fresh = Lineage(NAMES, "second", learned.record)
    other = bound.evaluate(SourceSamples(learned.apply(inputs)[0], fresh), SETTING, VOUCHED)
    assert isinstance(other, Value)


def test_a_recorded_family_takes_precedence_over_a_smaller_granted_one(inputs: Any) -> None:
    bound = catalogue.get("u_statistic_hoeffding")
    family = MapRecord.picked_from([MapRecord(f"fixed {c}") for c in range(100)])
    kernel = KernelSample(np.zeros((L, L)), 1.0, Lineage(NAMES, "first", family))
    paid = bound.evaluate(kernel, SETTING, (FiniteFamilyOfMaps(2), IndependentClasses()))
    assert isinstance(paid, Value)
    assert paid.value == pytest.approx(float(np.sqrt(np.log(100 / 0.05) / (2 * (L // 2)))))


@pytest.mark.parametrize("order", ["progressive", "folds"])
def test_blocks_refuse_maps_that_saw_their_block(order: str) -> None:
    name = "progressive_certificate" if order == "progressive" else "k_fold_certificate"
    bound = catalogue.get(name)
    granted = (IndependentClasses(), LearnedFromOtherBlocks(order), FixedFeatureMap())
    blocks = [("a", "b"), ("c", "d"), ("e", "f")]

    def split(*learned_from: str) -> SplitLineage:
        return SplitLineage(
            tuple(
                Lineage(block, f"draw {block}", MapRecord("map", frozenset(labels_used)))
                for block, labels_used in zip(blocks, learned_from, strict=True)
            )
        )

    def answer(split_lineage: SplitLineage) -> Any:
        errors = BlockErrors(np.zeros(3), (2, 2, 2), 2, order, split_lineage)
        return bound.evaluate(errors, SETTING, granted)

    own = answer(split("xy", "c", "abcd"))
    assert isinstance(own, NotApplicable) and "block 1" in own.reason
    if order == "progressive":
        later = answer(split("xy", "abf", "abcd"))
        assert isinstance(later, NotApplicable) and "later block" in later.reason
        assert isinstance(answer(split("xy", "ab", "abcd")), Value)
    else:
        assert isinstance(answer(split("cdef", "abef", "abcd")), Value)

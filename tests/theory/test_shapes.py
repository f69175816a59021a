"""Shapes that stand in the annotations of `theory` are those of the arrays: jaxtyping and beartype look on.

``Annotated[Array, "classes p"]`` costs nothing where it stands. Here every function so annotated is wrapped,
and then used on NumPy and on array-api-strict. In methods ``classes`` and ``p`` are the object's own numbers;
a name that is a whole-number argument is that number, ``rows`` the length of a slice.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
import re
import types
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import array_api_strict
import numpy as np
import pytest
from beartype import beartype
from jaxtyping import Shaped, TypeCheckError, jaxtyped

import theory
from simulations.populations import from_spec
from theory import ClassGeometry, Setting, catalogue, collapse
from theory.evidence import BlockErrors, KernelSample, SourceSamples
from theory.geometry import MomentSource

SHAPE = re.compile(
    r"""Annotated\[(?:Array|Floats|Integers|Flags|NumPyArray), ['"]([^'"]+)['"]\](?P<none> \| None)?"""
)
OWN = {"classes": "classes", "p": "dimension", "dimension": "dimension"}
Calls = Counter[str]


def shapes_of(function: Callable[..., Any]) -> dict[str, re.Match[str]]:
    """Annotations with a shape, by the name of the argument."""
    texts = inspect.get_annotations(function).items()
    return {name: match for name, text in texts if (match := SHAPE.fullmatch(str(text)))}


def token(text: str, parameters: dict[str, inspect.Parameter], owner: type | None) -> str:
    """One size, as jaxtyping writes it."""
    names = re.findall(r"[a-z_]+", text)
    kinds = {name: str(parameters[name].annotation) for name in names if name in parameters}
    if names and all(kinds.get(name) == "int" for name in names):
        return f"{{{text}}}"
    if kinds.get(text) == "slice":
        return f"{{{text}.stop-{text}.start}}"
    if owner is not None and text in OWN and (owner is ClassGeometry or MomentSource in owner.__mro__):
        return f"{{self.{OWN[text]}}}"
    # Of no known size: equal wherever the name stands in one call.
    return re.sub(r"\W+", "_", text) if text != "..." else text


def checked(function: Callable[..., Any], owner: type | None, name: str, calls: Calls) -> Callable[..., Any]:
    """The function under jaxtyping, by its own shapes or by those of the method that it overrides."""
    bases = owner.__mro__ if owner is not None else ()
    inherited = [vars(base)[function.__name__] for base in bases if function.__name__ in vars(base)]
    plain = [getattr(each, "fget", None) or getattr(each, "func", each) for each in (function, *inherited)]
    source = next((each for each in plain if shapes_of(each)), None)
    if source is None:
        return function
    parameters = dict(inspect.signature(source).parameters)

    annotations: dict[str, Any] = {}
    for argument, shape in shapes_of(source).items():
        sizes = " ".join(token(each, parameters, owner) for each in shape[1].split())
        array = Shaped[Any, sizes]
        annotations[argument] = array | None if shape["none"] else array
    # Its code with other annotations: those of other arguments may name what is imported for types alone.
    copy = types.FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    copy.__kwdefaults__, copy.__annotations__ = function.__kwdefaults__, annotations
    looked_at = jaxtyped(typechecker=beartype)(copy)
    calls.setdefault(name, 0)

    @functools.wraps(function)
    def counted(*arguments: Any, **options: Any) -> Any:
        calls[name] += 1
        return looked_at(*arguments, **options)

    return counted


def modules() -> Iterator[types.ModuleType]:
    for entry in pkgutil.walk_packages(theory.__path__, "theory."):
        yield importlib.import_module(entry.name)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """All of `theory` under jaxtyping; how often each annotated function was called."""
    counts: Calls = Counter()
    everything = list(modules())
    for module in everything:
        for name, value in list(vars(module).items()):
            if getattr(value, "__module__", None) != module.__name__:
                continue
            if inspect.isfunction(value):
                wrapped = checked(value, None, f"{module.__name__}.{name}", counts)
                for other in everything:
                    if wrapped is not value and vars(other).get(name) is value:
                        monkeypatch.setattr(other, name, wrapped)
            elif inspect.isclass(value) and name[0] != "_" and not getattr(value, "_is_protocol", False):
                for member in list(vars(value)):
                    _wrap_member(monkeypatch, value, member, counts)
    return counts


def _wrap_member(monkeypatch: pytest.MonkeyPatch, owner: type, name: str, calls: Calls) -> None:
    member = vars(owner)[name]
    full = f"{owner.__module__}.{owner.__qualname__}.{name}"
    if inspect.isfunction(member):
        wrapped: Any = checked(member, owner, full, calls)
    elif isinstance(member, property) and member.fget is not None:
        wrapped = property(checked(member.fget, owner, full, calls))
    elif isinstance(member, functools.cached_property):
        wrapped = functools.cached_property(checked(member.func, owner, full, calls))
        wrapped.__set_name__(owner, name)
    else:
        return
    if full in calls:
        monkeypatch.setattr(owner, name, wrapped)


def samples() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    labels = np.repeat(np.arange(4), 12)
    return rng.exponential(size=(48, 5)) + 9 * np.eye(4, 5)[labels], labels


def geometries() -> Iterator[ClassGeometry]:
    features, labels = samples()
    for estimator in ("debiased", "plugin"):
        yield ClassGeometry.from_features(features, labels, estimator=estimator)
        yield ClassGeometry.from_features(array_api_strict.asarray(features), labels, estimator=estimator)
    points = [{"points": [[0, c], [1, 3 * c]], "weights": [0.25, 0.75]} for c in range(4)]
    parts = [{"weight": 0.5, "mean": [float(x), 3.0 * c], "std": 0.5} for c in range(3) for x in (0, 1)]
    for spec in (
        {"family": "finite_support", "classes": points},
        {"family": "gaussian", "classes": [{"mean": [2.0 * c, 1.0], "std": 0.5} for c in range(3)]},
        {"family": "student", "classes": [{"mean": [2.0 * c, 1.0], "std": 0.5, "df": 40} for c in range(3)]},
        {
            "family": "laplace",
            "classes": [{"mean": [9.0 * c, 1.0], "std_per_axis": [1, 2]} for c in range(3)],
        },
        {"family": "mixture", "classes": [{"parts": parts[2 * c : 2 * c + 2]} for c in range(3)]},
    ):
        yield from_spec(spec).geometry()
    # Few samples in many dimensions: spectra and traces go by products of samples.
    rng = np.random.default_rng(4)
    yield ClassGeometry.from_features(
        rng.standard_normal((12, 40)) + 9 * np.eye(2, 40)[[0] * 6 + [1] * 6], [0] * 6 + [1] * 6
    )


def use(geometry: ClassGeometry) -> None:
    """Every number of a geometry, every few-shot bound on it, and what collapse is measured by."""
    for name, member in inspect.getmembers_static(type(geometry)):
        if isinstance(member, property | functools.cached_property) and not name.startswith("_"):
            getattr(geometry, name)
    whole = slice(0, geometry.classes)
    geometry.cross_variances(slice(1, 2)), geometry.differences(whole), geometry.top_eigenvalue_sums(1)
    ones = geometry.xp.ones_like(geometry.distances)
    geometry.cross_sums(whole, ones, ones)
    geometry.within_along(geometry.differences(whole)[0, ...])
    geometry.within_along_means(geometry.array(np.diff(np.eye(geometry.classes), axis=0)))
    geometry.margin_moments(3.0, 4), geometry.left_out(3.0)
    if geometry.classes > 2:
        geometry.nearest_moments(3.0, 3, 4), geometry.left_out_nearest(3.0, 3)
    geometry.with_sample_spectra().largest_eigenvalues  # noqa: B018 - it is the call that is checked
    for bound in catalogue.about("few_shot_error"):
        bound.evaluate(geometry, Setting(3, 2), [])
    collapse.directional(geometry), collapse.nc1(geometry), collapse.nc2(geometry)
    for normalization in collapse.CDNV:
        collapse.cdnv(geometry, normalization)


def use_evidence() -> None:
    features, _ = samples()
    rows = np.broadcast_to(features.reshape(4, 12, 5), (2, 4, 12, 5))
    kernel = np.ones((2, 6, 6))
    examples = (
        SourceSamples(rows),
        KernelSample(kernel),
        BlockErrors(np.zeros((2, 3)), (4, 4, 4), 2, "progressive"),
    )
    for evidence in examples:
        for name, member in inspect.getmembers_static(type(evidence)):
            if isinstance(member, property | functools.cached_property) and not name.startswith("_"):
                getattr(evidence, name)


def test_arrays_have_the_shapes_of_their_annotations(calls: Calls) -> None:
    for geometry in geometries():
        use(geometry)
    use_evidence()
    # Before any other moment is asked for these take a pass of their own.
    ClassGeometry.from_features(*samples()).cross_variances(slice(1, 3))
    fresh = ClassGeometry.from_features(*samples())
    fresh.cross_sums(slice(1, 3), np.ones((2, 4)), np.ones((2, 4)))
    collapse.nc3(fresh, np.eye(4, 5))
    assert len(calls) > 60
    # What is annotated is used above: an annotation that nothing checks might be wrong.
    unused = "\n".join(sorted(name for name, count in calls.items() if count == 0))
    assert not unused, unused


def test_a_wrong_shape_is_refused(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a class too few in an argument, and a column in place of a row in a result."""
    geometry = ClassGeometry.from_features(*samples(), estimator="plugin")
    with pytest.raises(TypeCheckError):
        geometry.off_diagonal(geometry.distances[:, :2], 0.0)
    monkeypatch.setattr(type(geometry.source), "squared_traces", lambda self: self.xp.ones((self.classes, 1)))
    with pytest.raises(TypeCheckError):
        geometry.squared_traces  # noqa: B018 - it is refused

"""A user's Python file: its definitions, and its mistakes in one line each."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from simulations.engines.asked import wrong_engine
from simulations.engines.base import Engine
from simulations.engines.choose import add_engine, engines
from simulations.plugins.fields import wrong_assumption, wrong_field
from simulations.plugins.mistakes import mistake_in_words, unannotated
from simulations.populations import FAMILIES, from_spec
from simulations.populations.base import Population, Spec
from simulations.populations.files import family_of
from simulations.populations.inspected import inspect as inspect_population
from simulations.runtime.errors import InputError
from simulations.runtime.users_code import file_of, in_users_code, of_user
from theory import catalogue
from theory.assumptions import Assumption
from theory.bound import Bound
from theory.bound.confidence import ConfidenceBound
from theory.quantities import TABLE


@dataclass(frozen=True)
class Extension:
    """What a file defines, by name.

    families : those that it adds, by family name; ``simulations.populations.from_spec`` knows them too.
    proof : from a bound of the file to the argument of its proof, or None for a bound without one.
    scenarios : from a high-probability bound to scenarios of its coverage.
    """

    path: Path
    bounds: dict[str, Bound] = field(default_factory=dict)
    assumptions: dict[str, type[Assumption]] = field(default_factory=dict)
    populations: dict[str, Population] = field(default_factory=dict)
    engines: dict[str, Engine] = field(default_factory=dict)
    proof: Callable[[Bound], Any] | None = None
    families: dict[str, type[Spec]] = field(default_factory=dict)
    scenarios: Callable[[ConfidenceBound], Iterable[object]] | None = None

    def bound(self, name: str) -> Bound:
        """The bound of that name. Raises InputError where the file has none."""
        if name not in self.bounds:
            raise InputError(f"defines no bound called '{name}'", file=self.path)
        return self.bounds[name]


_loaded: dict[Path, Extension] = {}
EXTENSION = "collapse_extension_"
"""With it begin the names of the modules that are users' files."""


def load_extension(path: str | Path) -> Extension:
    """Run the file once a process and collect what it defines.

    Families (a Spec) and engines join the suite's own. Raises InputError (file, line, remedy).
    """
    resolved = Path(path).resolve()
    if resolved not in _loaded:
        _loaded[resolved] = _collect(resolved, _run(resolved))
    return _loaded[resolved]


def forget() -> None:
    """Forget the files loaded so far, so that they run again when next needed."""
    _loaded.clear()


@contextmanager
def _nothing_compiled_is_kept() -> Iterator[None]:
    """No ``__pycache__`` beside the user's file, which is changed and run again within one second."""
    before = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before


def _run(path: Path) -> ModuleType:
    if not path.is_file():
        raise InputError("is not a file; give the path of a Python file", file=path)
    before = set(TABLE)
    # The same in every process: what workers send back is found by its module's name.
    name = f"{EXTENSION}{hashlib.sha256(str(path).encode()).hexdigest()[:16]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise InputError("is not a Python file; name it something.py", file=path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        with warnings.catch_warnings(), _nothing_compiled_is_kept():
            # Warnings of the compiler about the user's lines are silenced: they would be printed beside our
            # one line.
            warnings.simplefilter("ignore", SyntaxWarning)
            spec.loader.exec_module(module)
    except BaseException as wrong:
        if isinstance(wrong, KeyboardInterrupt | MemoryError):
            raise
        for new in set(TABLE) - before:
            del TABLE[new]
        del sys.modules[name]
        plain = unannotated(module) if isinstance(wrong, TypeError) else None
        raise InputError(plain or mistake_in_words(wrong, path), file=path) from None
    plain = unannotated(module)
    if plain is not None:
        raise InputError(plain, file=path)
    return module


def _collect(path: Path, module: ModuleType) -> Extension:
    extension = Extension(
        path, proof=getattr(module, "proof", None), scenarios=getattr(module, "scenarios", None)
    )
    own = [value for _, value in _values(module) if inspect.isclass(value) and _is_own(module, value)]
    extension.assumptions.update({kind.__name__: kind for kind in own if issubclass(kind, Assumption)})
    _refuse_wrong_fields(extension)
    for name, value in _values(module):
        if isinstance(value, Bound) and not _imported(value):
            problem = wrong_field(value)
            if problem is not None:
                raise InputError(problem, file=path, field=name)
            extension.bounds[value.name] = value
        elif isinstance(value, Population):
            extension.populations[name] = value
        elif isinstance(value, Engine):
            _add(extension, value)
    families = [kind for kind in own if issubclass(kind, Spec) and "family" in kind.model_fields]
    _refuse_unfinished(path, module)
    _enter(families)
    _instantiate(extension, module, families)
    for population in extension.populations.values():
        _reread(inspect_population(population))
    for engine in extension.engines.values():
        unknown = {*engine.rests_on} - {*catalogue.names(), *extension.bounds}
        if unknown:
            raise of_user(engine, "rests_on", f"names '{min(unknown)}', which is no statement; correct it")
        add_engine(engine)
    extension.families.update({family_of(f): f for f in families})
    if not (extension.bounds or extension.populations or extension.engines or families):
        raise InputError(
            "defines no Bound, Population or Engine; see 'Add an assumption' in the README, or start from "
            "collapse new bound NAME",
            file=path,
        )
    return extension


def _reread(population: Population) -> None:
    """Raises InputError where the TOML form that a user's population gives of itself is not read back."""
    if file_of(population) is None or population.spec()["family"] not in FAMILIES:
        return
    try:
        again = from_spec(population.spec())
    except InputError as wrong:
        if wrong.file is not None:  # a line of the file that the family is built by
            raise
        raise of_user(population, "spec", f"is not read back: {wrong.field or ''}: {wrong.problem}") from None
    if again.means.shape != population.means.shape:
        raise of_user(population, "spec", "describes another number of classes or dimensions; correct it")


def _enter(families: Iterable[type[Spec]]) -> None:
    for family in families:
        name = family_of(family)
        if name in FAMILIES and file_of(FAMILIES[name]) is None:
            raise of_user(family, "family", f"'{name}' is a family of this package; choose another name")
        FAMILIES[name] = family


def _refuse_wrong_fields(extension: Extension) -> None:
    for name, kind in extension.assumptions.items():
        problem = wrong_assumption(kind)
        if problem is not None:
            raise InputError(problem, file=extension.path, field=name)


def _is_own(module: ModuleType, value: object) -> bool:
    """Whether the file itself defines it."""
    return getattr(value, "__module__", None) == module.__name__


def _values(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """The module's values by name, and those in its lists, tuples and dictionaries."""
    for name, value in list(vars(module).items()):
        yield name, value
        if name.startswith("_"):
            continue
        inside: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, dict) else ()
        if isinstance(value, list | tuple):
            inside = ((f"{name}[{index}]", entry) for index, entry in enumerate(value))
        for key, entry in inside:
            if isinstance(entry, Bound | Population | Engine):
                yield str(key), entry


def _refuse_unfinished(path: Path, module: ModuleType) -> None:
    """InputError for a Population or Engine class that lacks methods, unless another class has them."""
    own = [v for v in vars(module).values() if inspect.isclass(v) and v.__module__ == module.__name__]
    kinds = [kind for kind in own if issubclass(kind, Engine | Population)]
    for kind in kinds:
        if inspect.isabstract(kind) and not any(issubclass(o, kind) for o in kinds if o is not kind):
            lacks = ", ".join(sorted(kind.__abstractmethods__))
            raise InputError(f"the class {kind.__name__} has no {lacks}; define that too", file=path)


def _instantiate(extension: Extension, module: ModuleType, families: Sequence[type[Spec]]) -> None:
    """Engine and Population classes without an instance: made where they take no arguments. A family whose
    parameters all have defaults is built once. Raises InputError for a class that cannot be made."""
    for kind in list(vars(module).values()):
        own = inspect.isclass(kind) and kind.__module__ == module.__name__ and not inspect.isabstract(kind)
        if not own or not issubclass(kind, Engine | Population):
            continue
        instances: Sequence[Any] = [*extension.engines.values(), *extension.populations.values()]
        if any(isinstance(instance, kind) for instance in instances):
            continue
        if issubclass(kind, Population) and any(_builds(family, kind) for family in families):
            continue
        thing = _instance(extension, kind)
        if isinstance(thing, Engine):
            _add(extension, thing)
        else:
            extension.populations[kind.__name__] = thing
    for family in families:
        name = family_of(family)
        if not any(getattr(each, "family", None) == name for each in extension.populations.values()):
            required = [key for key, info in family.model_fields.items() if info.is_required()]
            if required in ([], ["family"]):
                with in_users_code(family, "build"):
                    extension.populations[name] = from_spec({"family": name})


def _add(extension: Extension, engine: Engine) -> None:
    problem = wrong_engine(engine)
    if problem is not None:
        raise of_user(engine, *problem)
    if any(each.name == engine.name and file_of(each) is None for each in engines()):
        raise of_user(engine, "name", f"'{engine.name}' is an engine of this package; choose another name")
    extension.engines[engine.name] = engine


def _instance(extension: Extension, kind: type[Engine | Population]) -> Engine | Population:
    """An instance of a class that is to take no arguments."""
    try:
        return kind()
    except TypeError:
        raise InputError(
            f"defines the class {kind.__name__} but no instance; add for example "
            f"{kind.__name__.lower()} = {kind.__name__}(...)",
            file=extension.path,
        ) from None
    except Exception as wrong:  # a user's own lines
        raise InputError(mistake_in_words(wrong, extension.path), file=extension.path) from None


def _builds(family: type[Spec], kind: type[Population]) -> bool:
    return bool(getattr(kind, "family", None) == family_of(family))


def _imported(bound: Bound) -> bool:
    return any(bound is known for known in catalogue.STATEMENTS)

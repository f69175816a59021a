"""TOML in and out. A new family is one new file and one line here: the import of its Spec enters it."""

# ruff: noqa: F401 - an import enters its family
from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from simulations.populations import array_file
from simulations.populations.base import Population, Spec, check_size
from simulations.populations.finite_support import FiniteSupportSpec
from simulations.populations.gaussian import GaussianSpec
from simulations.populations.inspected import inspect
from simulations.populations.laplace import LaplaceSpec
from simulations.populations.laws import CdnvIsOptimalSpec, ConstantIsSharpSpec
from simulations.populations.mixture import MixtureSpec
from simulations.populations.random_means import RandomMeansSpec
from simulations.populations.simplex_etf import SimplexSpec
from simulations.populations.student import StudentSpec
from simulations.runtime.errors import InputError, printable
from simulations.runtime.files import write_bytes, write_text
from simulations.runtime.toml_file import LONGEST_NUMBER, read_toml
from simulations.runtime.users_code import in_users_code, of_user, shown
from simulations.runtime.validation import first_problem
from theory import plugins


def family_of(spec: type[Spec]) -> str:
    """The value of the key ``family`` that a Spec is for. Raises InputError where it names none."""
    field = spec.model_fields.get("family")
    name = None if field is None else next(iter(get_args(field.annotation)), None)
    if not isinstance(name, str) or not name:
        raise of_user(spec, "family", 'names no family; write family: Literal["my_family"]')
    return name


FAMILIES: dict[str, type[Spec]] = {
    family_of(value): value
    for value in list(globals().values())
    if isinstance(value, type) and issubclass(value, Spec) and value is not Spec
}
"""By the name in a file: every Spec imported above."""


@cache
def join_plugins() -> None:
    """Enter the families of installed packages, once: not at import, which their modules may be part of."""
    for spec in plugins.load("collapse.populations", Spec):
        FAMILIES.setdefault(family_of(spec), spec)


def from_spec(data: Mapping[str, Any]) -> Population:
    """A population from its plain-data form. Raises InputError naming the field."""
    join_plugins()
    family = data.get("family")
    if family is None:
        raise InputError(f"is missing; give one of {', '.join(sorted(FAMILIES))}", field="family")
    if not isinstance(family, str) or family not in FAMILIES:
        raise InputError(
            f"unknown family '{printable(str(family), 60)}'; give one of {', '.join(sorted(FAMILIES))}",
            field="family",
        )
    try:
        spec = FAMILIES[family].model_validate(dict(data))
    except ValidationError as wrong:
        raise first_problem(wrong, FAMILIES[family]) from None
    with in_users_code(spec, "build"):
        population: Any = spec.build()
    if not isinstance(population, Population):
        raise of_user(spec, "build", f"returns {shown(population)}; return a Population")
    inspect(population)
    check_size(population.classes, population.dimension, "classes")
    built: Population = population
    return built


def load(path: str | Path) -> Population:
    """A population from a TOML file; numbers are read as decimals.

    Raises InputError (one line: file, field, remedy) on anything wrong with the file.
    """
    path = Path(path)
    data = read_toml(path, "population", _decimal)
    try:
        return from_spec(array_file.joined(data, path))
    except InputError as wrong:
        raise wrong.within(path) from None


def _decimal(text: str) -> Decimal | float:
    if len(text) > LONGEST_NUMBER:
        raise InputError(f"the number {text[:20]}… has too many digits; use at most {LONGEST_NUMBER}")
    number = Decimal(text.replace("_", ""))
    if not number.is_finite():
        return float(number)
    if number and not -400 < number.adjusted() < 309:
        raise InputError(f"the number {printable(text, 40)} leaves double precision; rescale the population")
    return number


def save(population: Population, path: str | Path) -> None:
    """Write the TOML form so that ``load`` reads an equal population back; arrays too large for it go into an
    npz file of the same name beside it."""
    path = Path(path)
    data, arrays = array_file.split(population.spec(), path.with_suffix(".npz").name)
    if arrays is not None:
        write_bytes(path.with_suffix(".npz"), arrays)
    write_text(path, to_toml(data))


def to_toml(data: Mapping[str, Any], prefix: str = "") -> str:
    """Plain data (numbers, strings, lists of numbers, lists of tables) as TOML text."""
    lines, tables = [], []
    for key, value in data.items():
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            for entry in value:
                tables.append(f"\n[[{prefix}{key}]]\n{to_toml(entry, f'{prefix}{key}.')}")
        else:
            lines.append(f"{key} = {_toml_value(value)}\n")
    return "".join(lines) + "".join(tables)


def _toml_value(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml_value, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        text = format(value, "f") if -30 < value.adjusted() < 30 else str(value)
        return text if any(mark in text for mark in ".E") else f"{text}.0"
    if isinstance(value, float):
        if math.isinf(value):
            return "inf" if value > 0 else "-inf"
        if math.isnan(value):
            raise InputError(f"{value} cannot be written to a population file")
        return repr(value)
    if isinstance(value, int):
        return str(value)
    import json

    return json.dumps(str(value), ensure_ascii=True)

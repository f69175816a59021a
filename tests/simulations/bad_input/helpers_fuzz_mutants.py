"""Real files and command lines made wrong by chance, the same ones for the same ``Random``.

Most command lines hold a last straw, something wrong that is looked at after the files (more ways than
classes, a store in no folder, ...): a mutant that is still sound must not start minutes of work. Finite
populations and certificates take milliseconds and are often let through.
"""

from __future__ import annotations

import io
import re
import tomllib
import zipfile
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from helpers_fuzz import Case

ROOT = Path(__file__).resolve().parents[3]
MANY_WAYS = "99999"
HOSTILE = ["<script>alert(1)</script>", "\x1b[31m\x07", "\u202egnp.exe", "a\nb", "\x00", "'; --", "%s{0}"]
NUMBERS = [
    "0",
    "-0.0",
    "-1",
    "nan",
    "inf",
    "-inf",
    "1e999",
    "1e-320",
    "1e308",
    "9" * 400,
    "0x_",
    "true",
    "''",
]
NUMBERS += ["1e150", "1e-149", "1_000", "[]", "{}", "1979-05-27", "0.1e", "[[]]", "1" + "0" * 18, "5" * 5000]
NUMBERS += [
    "2",
    "3",
    "1",
    "0.5",
    "1e-9",
    "1e9",
    "'inf'",
    "[0.5]",
    "[1, 'x']",
    "[[1.0], [2.0, 3.0]]",
    "{a = 1}",
]
WORDS = ["[", "]", "[[", "]]", "=", "'", '"', '"""', ".", ",", "\n", "{", "}", "#", "\\u0000", "\ufeff"]
KEYS = ["family", "classes", "mean", "std", "std_per_axis", "covariance", "points", "weights", "parts", "df"]
KEYS += ["count", "dimension", "cdnv", "radius", "seed", "spread", "decay", "shots", "ways", "vary", "name"]
KEYS += ["weight", "bounds", "replicates", "draws", "populations", "a.b", "'<b>'", "''", "'\u202e'"]
FAMILIES = ["gaussian", "finite_support", "mixture", "student", "laplace", "simplex_etf", "random_means"]


# -- originals ----------------------------------------------------------------------------------------------
@cache
def population_texts() -> list[str]:
    """Witnesses of the repository, and an example of each family that they lack."""
    folder = ROOT / "simulations" / "attack" / "witnesses"
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.toml"))]
    texts = [text for text in texts if len(text) < 4000]
    assert texts, "no witness lies where they are looked for"
    two = 'family = "{2}"\n[[classes]]\nmean = [0.0, 0.0]\n{0}\n[[classes]]\nmean = [{1}, 1.0]\n{0}\n'
    texts += [two.format("covariance = [[1.0, 0.5], [0.5, 1.0]]", 2.0, "gaussian")]
    texts += [two.format("std = 0.5\ndf = 5.0", 2.0, "student")]
    texts += [two.format("std_per_axis = [0.5, 1.0]", 2.0, "laplace")]
    part = "[[classes]]\n[[classes.parts]]\nweight = 1.0\nmean = [{0}, 1.0]\nstd = 0.5\n"
    texts += ['family = "mixture"\n' + part.format(0.0) + part.format(2.0)]
    texts += ['family = "simplex_etf"\ncount = 4\ndimension = 8\ncdnv = 0.5\nradius = 2.0\n']
    texts += ['family = "random_means"\ncount = 4\ndimension = 8\nseed = 3\nspread = 1.0\nstd = 0.3\n']
    return texts


@cache
def grid_texts() -> list[str]:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (grid,) = [text for text in re.findall(r"```toml\n(.*?)```", readme, re.DOTALL) if "populations" in text]
    return [
        grid,
        "draws = 1e4\nreplicates = 2\nseed = 5\n" + grid.replace("count = 5", "count = 5\nradius = 1.0"),
    ]


@cache
def bound_file() -> str:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (text,) = [text for text in re.findall(r"```python\n(.*?)```", readme, re.DOTALL) if "# my_bound" in text]
    return text


@cache
def archive() -> bytes:
    rng, file = np.random.default_rng(0), io.BytesIO()
    np.savez(
        file,
        features=rng.standard_normal((24, 3)).astype(np.float32),
        labels=np.repeat(["ant", "bee", "cat", "dog"], 6),
        split=np.repeat(["source", "new"], 12),
        weights=np.eye(4, 3),
        bias=np.zeros(4),
    )
    return file.getvalue()


# -- texts --------------------------------------------------------------------------------------------------
def damaged(rng: Random, text: str) -> bytes:
    """One to three pieces replaced, cut, doubled or swapped; sometimes bytes overwritten."""
    for _ in range(rng.randint(1, 3)):
        pieces = re.findall(r"[\w.+-]+|\s+|.", text) or [""]
        at, other = rng.randrange(len(pieces)), rng.randrange(len(pieces))
        how = rng.randrange(8)
        if how < 4:
            pieces[at] = rng.choice([NUMBERS, WORDS, HOSTILE, KEYS][how])
        elif how == 4:
            del pieces[at : at + rng.randint(1, 12)]
        elif how == 5:
            pieces[at:at] = pieces[at : at + rng.randint(1, 40)]
        elif how == 6:
            pieces[at], pieces[other] = pieces[other], pieces[at]
        else:
            del pieces[at:]
        text = "".join(pieces)
    content = bytearray(text.encode())
    if content and rng.random() < 0.1:
        for _ in range(rng.randint(1, 4)):
            content[rng.randrange(len(content))] = rng.randrange(256)
    return bytes(content)


class Raw(str):
    """TOML as it stands."""


def rewritten(rng: Random, text: str) -> bytes:
    """Valid TOML, mostly: entries replaced by others of any kind, left out, doubled or added."""
    data: Any = tomllib.loads(text)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        holders = list(_holders(data))
        holder = rng.choice(holders)
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not keys or rng.random() < 0.1:
            if isinstance(holder, dict):
                holder[rng.choice(KEYS)] = Raw(rng.choice(NUMBERS))
            else:
                holder.append(Raw(rng.choice(NUMBERS)))
            continue
        key = rng.choice(keys)
        how = rng.random()
        if how < 0.15:
            del holder[key]
        elif how < 0.25 and isinstance(holder, list):
            holder.insert(key, holder[rng.choice(keys)])
        else:
            holder[key] = _other(rng, holder[key])
    return "\n".join(f"{_key(key)} = {_value(value)}" for key, value in data.items()).encode()


def _other(rng: Random, value: Any) -> Any:
    if isinstance(value, int | float) and rng.random() < 0.6:
        return rng.choice(
            [-value, value * 10.0 ** rng.randint(-170, 170), value + 1e-9, value // 1, value * 2, 10**6]
        )
    if isinstance(value, str) and rng.random() < 0.5:
        return rng.choice([*FAMILIES, *HOSTILE])
    return Raw(rng.choice(NUMBERS))


def _holders(data: Any) -> Any:
    if isinstance(data, dict | list):
        yield data
        for inner in data.values() if isinstance(data, dict) else data:
            yield from _holders(inner)


def _key(key: str) -> str:
    return key if re.fullmatch(r"[\w.'<>\u202e-]+", key) else "'odd'"


def _value(value: Any) -> str:
    import json

    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)} = {_value(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value) if isinstance(value, str | bool) else repr(value)


def _mutant(rng: Random, texts: list[str]) -> bytes:
    text = rng.choice(texts)
    return damaged(rng, text) if rng.random() < 0.4 else rewritten(rng, text)


def evaluate(rng: Random) -> Case:
    content = _mutant(rng, population_texts())
    ways = MANY_WAYS if b"finite_support" not in content or b"family" not in content else "2"
    options = rng.choice([(), ("--json",)])
    return Case(
        ("evaluate", "p.toml", "--shots", rng.choice("13"), "--ways", ways, *options), {"p.toml": content}
    )


def sweep(rng: Random) -> Case:
    content = _mutant(rng, grid_texts() if rng.random() < 0.9 else population_texts())
    return Case(("sweep", "g.toml", "--plan", "--store", "no/such/s"), {"g.toml": content})


def check(rng: Random) -> Case:
    """What can still be run ends in an error: the battery itself takes minutes."""
    end = b"\nraise RuntimeError('<b>\\x1b[31m')\n"
    return Case(("check", "b.py", "--json"), {"b.py": damaged(rng, bound_file()) + end})


# -- npz ----------------------------------------------------------------------------------------------------
def npz(rng: Random) -> bytes:
    """The archive with its own bytes damaged, or sound but for bytes inside its members."""
    if rng.random() < 0.4:
        return _overwritten(rng, archive())
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive())) as sound, zipfile.ZipFile(file, "w") as mutated:
        for name in sound.namelist():
            content = sound.read(name)
            if rng.random() < 0.3:
                # Beyond the header it is the numbers that change: to NaN, huge ones, other labels.
                content = _overwritten(rng, content, rng.choice([0, 128, 128]))
            mutated.writestr(name, content)
    return file.getvalue()


def _overwritten(rng: Random, content: bytes, begin: int = 0) -> bytes:
    mutated = bytearray(content)
    for _ in range(rng.randint(1, 5)):
        at = rng.randrange(min(begin, len(mutated) - 1), len(mutated))
        how = rng.random()
        if how < 0.7:
            mutated[at] = rng.randrange(256)
        elif how < 0.8:
            mutated[at : at + 8] = rng.randbytes(8)
        elif how < 0.9:
            del mutated[at : at + rng.randint(1, 60)]
            mutated = mutated or bytearray(b"\x00")
        else:
            mutated[at:at] = mutated[at : at + rng.randint(1, 60)]
    return bytes(mutated)


def measure(rng: Random) -> Case:
    options = rng.choice(
        [(), ("--normalize", "l2"), ("--split", "source"), ("--json",), ("--estimator", "plugin")]
    )
    ways = "2" if rng.random() < 0.05 else MANY_WAYS
    return Case(("measure", "f.npz", "--shots", "1", "--ways", ways, *options), {"f.npz": npz(rng)})


def certify(rng: Random) -> Case:
    options = rng.choice([(), ("--normalize", "l2"), ("--radius", "9"), ("--json",)])
    return Case(("certify", "f.npz", "--shots", "1", "--ways", "2", *options), {"f.npz": npz(rng)})

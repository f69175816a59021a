"""Chapters of the main job, in the order of their places. A new one is one file and one line: its import."""

# ruff: noqa: F401 - an import enters its chapter
from simulations.jobs.verify.chapters.axes import AxesOfLabelings
from simulations.jobs.verify.chapters.base import Chapter, Findings, Request, StatementCount, Task
from simulations.jobs.verify.chapters.claims import NewClasses, NewSamples, Transfer
from simulations.jobs.verify.chapters.few_shot import FewShot
from simulations.jobs.verify.chapters.network import Network
from simulations.jobs.verify.chapters.own_settings import OwnSettings
from simulations.jobs.verify.chapters.sharpness import Sharpness

CHAPTERS: tuple[Chapter, ...] = tuple(
    sorted(
        (
            value()
            for value in list(globals().values())
            if isinstance(value, type) and issubclass(value, Chapter) and value is not Chapter
        ),
        key=lambda chapter: chapter.place,
    )
)

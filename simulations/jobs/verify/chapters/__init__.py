"""Chapters of the main job, in reading order. A new chapter is one file and one line here."""

from simulations.jobs.verify.chapters.axes import Axes
from simulations.jobs.verify.chapters.base import (
    Chapter,
    Findings,
    Request,
    StatementCount,
    Task,
)
from simulations.jobs.verify.chapters.claims import NewClasses, NewSamples, Transfer
from simulations.jobs.verify.chapters.few_shot import FewShot
from simulations.jobs.verify.chapters.network import Network
from simulations.jobs.verify.chapters.own_settings import OwnSettings
from simulations.jobs.verify.chapters.sharpness import Sharpness

CHAPTERS: tuple[Chapter, ...] = (
    FewShot(),
    OwnSettings(),
    Sharpness(),
    NewSamples(),
    NewClasses(),
    Transfer(),
    Axes(),
    Network(),
)

__all__ = [
    "CHAPTERS",
    "Axes",
    "Chapter",
    "FewShot",
    "Findings",
    "Network",
    "NewClasses",
    "NewSamples",
    "OwnSettings",
    "Request",
    "Sharpness",
    "StatementCount",
    "Task",
    "Transfer",
]

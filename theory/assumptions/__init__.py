"""Assumptions as objects: those on classes, and those on sampling."""

from theory.assumptions.base import *  # noqa: F403

"""What samples and source classes give, and where a map comes from."""

from theory.evidence.evidence import *  # noqa: F403

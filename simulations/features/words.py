"""What intervals of a measured error cover, in a sentence each; the one that is most likely meant first."""

from __future__ import annotations

from simulations.estimates import Estimate


def intervals_in_words(estimate: Estimate) -> tuple[str, str, str]:
    """Of fresh samples of these classes, of new classes, and of the stored samples alone."""
    percent = f"{100 * estimate.confidence:g} %"
    fresh, over = estimate.over_samples, estimate.over_classes
    samples = (
        f"For these classes on fresh samples: {percent} interval {fresh.low:.4g} to {fresh.high:.4g}."
        if isinstance(fresh, Estimate)
        else f"For fresh samples there is no interval: {'not computed' if fresh is None else fresh.reason}."
    )
    classes = (
        f"For new classes, if these are a random sample of the classes there are: {percent} interval "
        f"{over.low:.4g} to {over.high:.4g}."
        if isinstance(over, Estimate)
        else f"For new classes there is no interval: {'not computed' if over is None else over.reason}."
    )
    own = (
        f"For these classes and these very samples, over all episodes they allow: {percent} interval "
        f"{estimate.low:.4g} to {estimate.high:.4g}."
    )
    if estimate.exact:
        own = "For these classes and these very samples: exact, whatever the episode."
    return samples, classes, own

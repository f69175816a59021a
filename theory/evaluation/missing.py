"""What keeps a statement from having a value."""


class MissingQuantity(ValueError):
    """A statement needs a quantity that the geometry or the granted assumptions do not hold, or a sum of more
    terms than can be added up."""

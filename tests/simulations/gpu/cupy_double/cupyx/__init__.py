"""cupyx: of it only scipy.special is used."""

"""What a user's own features guarantee on new classes, with every ingredient known or estimated."""

from simulations.features.certification.certificates import Certificate, Certification
from simulations.features.certification.certify import certify

__all__ = ["Certificate", "Certification", "certify"]

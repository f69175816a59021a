"""What somebody's own features guarantee on new classes, with every ingredient known or estimated."""

from simulations.certification.certificates import Certificate, Certification
from simulations.certification.certify import certify

__all__ = ["Certificate", "Certification", "certify"]

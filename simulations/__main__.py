"""`python -m simulations` is the `collapse` command."""

import sys

from simulations.cli import main

sys.exit(main())

"""``python -m proofs.record``: check all proofs and write the record anew."""

from proofs.record import main

raise SystemExit(main())

"""The main job: every claim of the catalogue checked at one family-wise error."""

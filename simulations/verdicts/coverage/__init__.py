"""Do high-probability bounds fail as rarely as they say? Scenarios with known truth, and an exact test."""

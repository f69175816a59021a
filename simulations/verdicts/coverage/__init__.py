"""Do high-probability bounds fail as rarely as they claim? Scenarios with known truth, and an exact test."""

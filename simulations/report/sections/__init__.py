"""Sections of the report of the main job, one file each."""

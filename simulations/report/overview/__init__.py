"""The first page of the report: the three claims, one picture, and every statement in one table."""

"""Reads the structure of a plan from its text. The entry point is `tasks.plans.reading.reader.read`."""

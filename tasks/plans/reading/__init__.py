"""Reading a plan's text, one module for each subject. The entry point is `tasks.plans.reading.reader.read`."""

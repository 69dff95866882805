"""How a plan is read, one module for each subject. `tasks.plans.reading.reader.read` is the way in."""

"""How a plan is read, one module for each subject. `tasks.plan.reader.read` is the way in."""

"""Pages that show figures: overview, tasks, matrix, agencies, targets, groupings, and their API."""

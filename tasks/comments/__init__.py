"""专家意见: experts' comments on tasks, targets and briefs, and their release to agencies."""

"""搜索: one search over plan texts, tasks, targets, projects, agencies, returns, notices, instructions and briefs."""

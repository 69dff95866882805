"""搜索: one search over plan texts, tasks, targets, projects, agencies, returns, work plans, notices, instructions, briefs and comments."""

"""实施方案、年度要点: work plans, their milestones and the schedule that follows from these."""

"""调整: proposals that change targets, duties, deadlines or tasks, their approval and application."""

"""What is made of the reports: figures, dashboards, notices, scores and briefs. Imports tasks, never the reverse."""

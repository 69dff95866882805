"""What is made of the reports: rollups, charts and briefs. Imports tasks, never the other way."""

"""The plan, who is responsible, and what the agencies report."""

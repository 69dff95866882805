"""方案: plans, their text, passages, tasks and responsibilities; reading a plan's text and loading it."""

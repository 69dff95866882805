"""方案: the text, its passages, tasks and responsibilities; reading a plan's text and loading it."""

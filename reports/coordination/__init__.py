"""提请协调事项: what agencies ask the level above them to settle, from the return that raised it to its confirmed result."""

"""已存筛选: filters and orders of lists that a person keeps under a name."""

"""分工 and 转办: which reporter of an agency writes which tasks."""

"""最新动态: what moved since a reader's last visit, within what they may read, and what moved on a task."""

"""重点关注: what the leading group has to step in for, on one page: requests, tasks behind, targets out of reach, overdue notices, open instructions."""

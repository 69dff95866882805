"""日历: a month of a plan on one page: due dates of filing, milestones, and what notices wait for."""

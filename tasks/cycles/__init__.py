"""填报周期: quarters opened for filing, due dates, working days, reopening, and what counts as late."""

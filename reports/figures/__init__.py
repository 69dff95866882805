"""汇总: counts, rates, lights and indicator figures of a quarter, worked out from standings on each request."""

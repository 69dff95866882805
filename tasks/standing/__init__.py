"""履责情况: for each responsibility and quarter what was due, what came in and which light it shows."""

"""Files for download: the xlsx of the task list, targets, scores and the evaluation."""

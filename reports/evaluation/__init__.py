"""总结评估: what became of each promise when the plan has ended, as signed editions."""

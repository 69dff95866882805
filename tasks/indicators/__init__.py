"""指标、目标: what is measured, figures as typed and as counted, targets, their paths and assessments."""

"""指标、目标: indicators, how their figures are typed and aggregated, targets, target paths and assessments."""

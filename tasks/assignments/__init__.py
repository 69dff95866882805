"""分工: which reporter of an agency writes which tasks."""

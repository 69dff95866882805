"""督办: notices, their answers and escalation, the rules that propose notices, and instructions 批示."""

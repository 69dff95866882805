"""The sections that every brief on a part of the plan has."""

from reports.briefs import sections, task_sections

PART_BEGINNING = (sections.overall, sections.changes, sections.reporting)
PART_REST = (
    task_sections.problems,
    task_sections.coordination,
    task_sections.progress,
    task_sections.safeguards,
    sections.next_steps,
)
PART_SECTIONS = (*PART_BEGINNING, *PART_REST)

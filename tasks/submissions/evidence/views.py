"""Handing out evidence. (The row of the form is in tasks.submissions.evidence.form_row, its address is the form's own.)"""

import uuid

from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from tasks.files.serving import hand_out
from tasks.people.access import signed_in
from tasks.submissions.evidence.queries import files_visible_to


@require_GET
def evidence(request: HttpRequest, pk: uuid.UUID) -> FileResponse:
    """One file, as an attachment."""
    return hand_out(get_object_or_404(files_visible_to(signed_in(request)), pk=pk))

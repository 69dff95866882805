"""What `manage.py verify` looks at of uploaded files: that the bytes of each are there and have its hash."""

from collections.abc import Iterator

from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from tasks.audit.sealing import checks
from tasks.files.models import StoredFile
from tasks.files.storage import is_whole


@checks
def damaged() -> Iterator[str]:
    """A sentence for each file that is missing or changed on the disk."""
    for file in StoredFile.objects.order_by("pk").iterator(chunk_size=500):
        words = {"id": file.pk}
        try:
            with default_storage.open(file.path) as content:
                if not is_whole(file, content):
                    yield _("上传文件 %(id)s 的内容与上传时不符。") % words
        except FileNotFoundError:
            yield _("上传文件 %(id)s 的内容不在存储里。") % words

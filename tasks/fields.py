"""Model fields for the value types."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models

from tasks.values import Quarter

if TYPE_CHECKING:
    _IntegerField = models.IntegerField[Quarter | str | int, Quarter]
else:
    _IntegerField = models.IntegerField


class QuarterField(_IntegerField):
    """Stores a Quarter as its ordinal; Python always sees a Quarter."""

    description = "quarter"

    if TYPE_CHECKING:  # what django-stubs reads
        _pyi_private_set_type: Quarter | str | int  # type: ignore[assignment]
        _pyi_private_get_type: Quarter  # type: ignore[assignment]
        _pyi_lookup_exact_type: Quarter | str | int  # type: ignore[assignment]

    def from_db_value(self, value: int | None, expression: Any, connection: Any) -> Quarter | None:
        return None if value is None else Quarter.from_ordinal(value)

    def to_python(self, value: Any) -> Quarter | None:
        if value is None or isinstance(value, Quarter):
            return value
        if isinstance(value, int):
            return Quarter.from_ordinal(value)
        try:
            return Quarter.parse(str(value))
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from error

    def get_prep_value(self, value: Any) -> int | None:
        quarter = self.to_python(value)
        return None if quarter is None else quarter.ordinal

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj))

"""Model fields for the value types."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models

from tasks.values import Period

if TYPE_CHECKING:
    _IntegerField = models.IntegerField[Period | str | int, Period]
else:
    _IntegerField = models.IntegerField


class PeriodField(_IntegerField):
    """Stores a Period as its ordinal; Python always sees a Period."""

    description = "quarter"

    if TYPE_CHECKING:  # what django-stubs reads
        _pyi_private_set_type: Period | str | int  # type: ignore[assignment]
        _pyi_private_get_type: Period  # type: ignore[assignment]
        _pyi_lookup_exact_type: Period | str | int  # type: ignore[assignment]

    def from_db_value(self, value: int | None, expression: Any, connection: Any) -> Period | None:
        return None if value is None else Period.from_ordinal(value)

    def to_python(self, value: Any) -> Period | None:
        if value is None or isinstance(value, Period):
            return value
        if isinstance(value, int):
            return Period.from_ordinal(value)
        try:
            return Period.parse(str(value))
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from error

    def get_prep_value(self, value: Any) -> int | None:
        quarter = self.to_python(value)
        return None if quarter is None else quarter.ordinal

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj))


QuarterField = PeriodField  # for migrations that have landed

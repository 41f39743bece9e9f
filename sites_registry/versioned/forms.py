"""Where the errors of a site go when a form shows only a part of it."""

from django.core.exceptions import NON_FIELD_ERRORS


class StrayErrorsMixin:
    """Errors on fields that the form does not show go to the field that stands for them, else to the top."""

    #: Field of the model -> field of the form that stands for it.
    stands_for = {"point": "coordinates"}

    def add_error(self, field, error):
        if field is None and hasattr(error, "error_dict"):
            for name in [name for name in error.error_dict if name not in self.fields and name != NON_FIELD_ERRORS]:
                shown = self.stands_for.get(name, NON_FIELD_ERRORS)
                target = shown if shown in self.fields else NON_FIELD_ERRORS
                error.error_dict.setdefault(target, []).extend(error.error_dict.pop(name))
        super().add_error(field, error)

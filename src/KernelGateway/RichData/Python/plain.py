"""Converts Python values to JSON: null, booleans, numbers, strings, arrays and objects."""

import math
import numbers
import sys


class NotPlain(Exception):
    """The value cannot be written as JSON, or is too large."""


def describe(value):
    """Returns a list or dict as JSON with its metadata; None if it is not plain data."""
    kind = type(value)
    if hasattr(kind, "_repr_mimebundle_"):
        return None
    if hasattr(kind, "_repr_json_"):
        # The class has its own representation. IPython would not ask it, because the formatter for list or dict has precedence.
        return value._repr_json_()
    return Plain(settings["max_bytes"]).convert(value), {"expanded": True, **ADDED}


def known(value, module, name):
    """Returns whether a value has a type whose module may not be imported."""
    kind = getattr(sys.modules.get(module), name, None)
    return isinstance(kind, type) and isinstance(value, kind)


def finite(number):
    """NaN and the infinities are null, as in JSON.stringify."""
    return number if math.isfinite(number) else None


class Plain:
    """One conversion, with the rest of its byte budget and the containers around the current value."""

    def __init__(self, budget):
        self.budget = budget
        self.inside = set()

    def spend(self, count):
        self.budget -= count
        if self.budget < 0:
            raise NotPlain("too large")

    def convert(self, value):
        self.spend(8)
        if value is None or value is True or value is False:
            return value
        if type(value) is float:
            return finite(value)
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, numbers.Integral):
            return self.integer(value)
        if isinstance(value, numbers.Real):
            return finite(float(value))
        if isinstance(value, dict):
            return self.within(value, self.object)
        if isinstance(value, (list, tuple)):
            return self.within(value, lambda items: [self.convert(item) for item in items])
        return self.foreign(value)

    def text(self, value):
        value = str.__str__(value)
        self.spend(len(value))
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise NotPlain("lone surrogates") from None
        return value

    def integer(self, value):
        value = int(value)
        if value.bit_length() > 1024:
            raise NotPlain("no client reads such a number")
        return value

    def within(self, container, convert):
        if id(container) in self.inside:
            raise NotPlain("it contains itself")
        self.inside.add(id(container))
        try:
            return convert(container)
        finally:
            self.inside.discard(id(container))

    def object(self, items):
        result = {}
        for key, value in items.items():
            name = self.text(key if isinstance(key, str) else self.key(key))
            if name in result:
                raise NotPlain("two keys are one as strings")
            result[name] = self.convert(value)
        return result

    def key(self, key):
        if key is None or isinstance(key, (bool, numbers.Real)):
            return {None: "null", True: "true", False: "false"}[key] if key is None or isinstance(key, bool) else str(key)
        if hasattr(key, "isoformat"):
            return key.isoformat()
        return str(key)

    def foreign(self, value):
        if known(value, "numpy", "ndarray"):
            return self.array(value)
        if known(value, "numpy", "bool_"):
            return bool(value)
        if known(value, "numpy", "datetime64"):
            return self.moment(str(value))
        if known(value, "decimal", "Decimal"):
            return finite(float(value))
        if known(value, "datetime", "date") or known(value, "datetime", "time"):
            return self.moment(value.isoformat())
        if known(value, "uuid", "UUID"):
            return self.text(str(value))
        if value is getattr(sys.modules.get("pandas"), "NA", NotPlain):
            return None
        raise NotPlain(type(value))

    def array(self, array):
        if array.dtype.kind not in "biufUOM":
            raise NotPlain(array.dtype)
        self.spend(8 * array.size)
        return self.convert((array.astype(str) if array.dtype.kind == "M" else array).tolist())

    def moment(self, text):
        return None if text == "NaT" else self.text(text)

"""Reads one axis of a chart: label, unit, ticks, scale, and the meaning of its numbers."""

import re
import sys

UNIT = re.compile(r" \(([^)]*)\)|\[([^\]]*)\]")
SCALES = {"linear", "log", "symlog", "logit", "function", "functionlog", "asinh"}


def text(value):
    return str(value) if value else None


def title(axes):
    return text(axes.get_title() or axes.get_title(loc="left") or axes.get_title(loc="right"))


def label_of(which):
    return text(which.get_label().get_text())


def unit_of(label):
    found = UNIT.search(label or "")
    return text(found and (found.group(1) or found.group(2)))


def describe_2d(kind, axes, elements, horizontal=False):
    """Returns a chart with labels. In a horizontal chart, x is also the axis that names the elements."""
    labels = [label_of(axes.xaxis), label_of(axes.yaxis)]
    x_label, y_label = reversed(labels) if horizontal else labels
    return {
        "type": kind,
        "title": title(axes),
        "x_label": x_label,
        "y_label": y_label,
        "x_unit": unit_of(x_label),
        "y_unit": unit_of(y_label),
        "elements": elements,
    }


def describe_points(kind, axes, elements):
    """Returns a chart with labels, ticks and scales. The elements are functions of the two axes."""
    x, y = Axis(axes, axes.xaxis), Axis(axes, axes.yaxis)
    chart = describe_2d(kind, axes, [element(x, y) for element in elements])
    for name, which in (("x", x), ("y", y)):
        chart[name + "_ticks"] = [which.moment(tick) for tick in which.ticks] if which.scale == "datetime" else which.ticks
        chart[name + "_tick_labels"] = which.tick_labels
        chart[name + "_scale"] = which.scale
    return chart


class Axis:
    """One axis; `value` returns the meaning of a number on it: a number, an ISO date or the name of a category."""

    def __init__(self, axes, which):
        self.zone = which.get_units()
        self.converter = which.get_converter() if hasattr(which, "get_converter") else which.converter
        self.frequency = getattr(axes, "freq", None) if type(self.converter).__name__ == "PeriodConverter" else None
        self.ticks = [float(tick) for tick in which.get_majorticklocs()]
        self.tick_labels = [str(label) for label in which.get_major_formatter().format_ticks(self.ticks)]
        self.scale = self.find_scale(which)
        self.value = self.find_reader()

    def label_at(self, number):
        """Returns the name of the element at a position: its category, its date, its tick's label or the number itself."""
        if self.scale == "datetime":
            return self.moment(number)
        near = min(range(len(self.ticks)), key=lambda i: abs(self.ticks[i] - number), default=None)
        if near is not None:
            distance, label = abs(self.ticks[near] - number), self.tick_labels[near]
            # The bars of a group are beside the tick that names the group.
            close = 0.5 if self.scale == "categorical" else 1e-9 * max(1.0, abs(number))
            if label and distance <= close and not says(label, self.ticks[near]):
                return label
        return "%.10g" % number

    def find_scale(self, which):
        dates = sys.modules.get("matplotlib.dates")
        if dates and isinstance(which.get_major_locator(), dates.DateLocator) or self.is_converted_from_dates(dates):
            return "datetime"
        name = which.get_scale()
        if name != "linear":
            return name if name in SCALES else "function"
        numbered = bool(self.ticks) and self.ticks == list(range(len(self.ticks)))
        if numbered and any(label and not says(label, tick) for tick, label in zip(self.ticks, self.tick_labels)):
            return "categorical"
        return "linear"

    def is_converted_from_dates(self, dates):
        if self.frequency is not None:
            return True
        kinds = [getattr(dates, name, None) for name in ("DateConverter", "ConciseDateConverter", "_SwitchableDateConverter")]
        return isinstance(self.converter, tuple(kind for kind in kinds if kind))

    def find_reader(self):
        if self.scale == "datetime":
            return self.moment
        category = sys.modules.get("matplotlib.category")
        if category and isinstance(self.converter, category.StrCategoryConverter):
            return self.category
        return float

    def category(self, number):
        index = int(round(number))
        return self.tick_labels[index] if index == number and 0 <= index < len(self.tick_labels) else float(number)

    def moment(self, number):
        if self.frequency is not None:
            # pandas counts periods (days, months) where matplotlib counts days.
            period = sys.modules["pandas"].Period(ordinal=int(round(number)), freq=self.frequency)
            return period.to_timestamp().isoformat()
        # matplotlib treats times without a zone as UTC; such times are written without a zone.
        moment = sys.modules["matplotlib.dates"].num2date(number, self.zone)
        return (moment if self.zone else moment.replace(tzinfo=None)).isoformat()


def says(label, number):
    """Returns whether a label is just the number at its position."""
    try:
        return float(label.replace("\N{MINUS SIGN}", "-")) == number
    except ValueError:
        return False

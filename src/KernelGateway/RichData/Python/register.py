"""Guards a kernel, and makes its IPython describe tables, figures, lists and images as data.

The gateway runs this in a separate namespace, in which it has put `parts` (the sources of the other files of this
folder, in base64) and `settings`. A part is compiled when the first value needs it, so a kernel that shows
no table and no figure compiles this file and the guards only. Nothing is imported that a running IPython has not
imported itself.

An added representation has a mark in the metadata of its media type, or of the whole display, by which the gateway
removes it for Jupyter clients: ADDED.
"""

import os
import sys

ADDED = {"kernel_gateway_added": True}


def prepare():
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None:
        return
    for wanted, step in (("guards", guard), ("describes", register)):
        try:
            if settings[wanted]:
                step(shell)
        except Exception:
            # An IPython that differs too much is left unchanged; the user's code must not be affected.
            pass


def guard(shell):
    part("guards").install(shell)


def register(shell):
    formatter = getattr(shell, "display_formatter", None)
    if formatter is None or "e2b/chart" in formatter.formatters:
        # A Python without IPython, or a kernel that another gateway has prepared before.
        return

    settings["process"] = os.getpid()
    settle(shell, formatter)
    describe(formatter)
    watch_pillow()


def settle(shell, formatter):
    if settings["whole_text"]:
        formatter.formatters["text/plain"].max_seq_length = 0
    if settings["no_colors"]:
        # The magic is used because the objects to configure differ between versions of IPython.
        shell.run_line_magic("colors", "nocolor")


def describe(formatter):
    from IPython.core.formatters import BaseFormatter
    from traitlets import ObjectName, Unicode

    class DataFormatter(BaseFormatter):
        format_type = Unicode("e2b/data")
        print_method = ObjectName("_repr_e2b_data_")
        _return_type = dict

        def __call__(self, value):
            return marked(super().__call__(value))

    class ChartFormatter(BaseFormatter):
        format_type = Unicode("e2b/chart")
        print_method = ObjectName("_repr_e2b_chart_")
        _return_type = dict

        def __call__(self, value):
            # Not with for_type: the inline backend removes such a formatter when it sets the formats of figures.
            figure = getattr(sys.modules.get("matplotlib.figure"), "Figure", ())
            if self.enabled and issubclass(type(value), figure):
                return marked(describe_figure(value))
            return marked(super().__call__(value))

    describe_figure = quietly("charts", "describe")
    data, chart = DataFormatter(parent=formatter), ChartFormatter(parent=formatter)

    # By name, so that nothing is imported. In pandas 3 the module is "pandas", in earlier versions that of the class.
    for module in ("pandas", "pandas.core.frame"):
        data.for_type_by_name(module, "DataFrame", quietly("tables", "describe"))
    formatter.formatters["application/json"].for_type(list, quietly("plain", "describe"))
    formatter.formatters["application/json"].for_type(dict, quietly("plain", "describe"))
    formatter.formatters["image/png"].for_type_by_name("PIL.Image", "Image", quietly("images", "png"))

    # Last: from here on values are described, and a second registration has no effect.
    formatter.formatters["e2b/data"] = data
    formatter.formatters["e2b/chart"] = chart


def marked(described):
    """Returns the result of a formatter with the mark in its metadata."""
    if described is None:
        return None
    data, metadata = described if isinstance(described, tuple) else (described, {})
    return data, {**(metadata or {}), **ADDED}


def quietly(name, function):
    """Returns a formatter that returns None, instead of an error, for a value that cannot be described."""

    def describe(value):
        try:
            return getattr(part(name), function)(value)
        except Exception:
            return None

    return describe


def part(name):
    """Returns the module of a file of this folder; it is not in sys.modules."""
    if name not in loaded:
        import base64

        module = type(sys)("_kernelgateway_" + name)
        module.part = part
        module.settings = settings
        module.ADDED = ADDED
        source = base64.b64decode(parts[name])
        exec(compile(source, "<kernelgateway %s>" % name, "exec"), module.__dict__)
        loaded[name] = module
    return loaded[name]


def watch_pillow():
    """Makes Image.show() and Image.save(path) show images, from the import of Pillow on."""
    if "PIL.Image" in sys.modules:
        part("images").patch(sys.modules["PIL.Image"])
    else:
        sys.meta_path.insert(0, PillowWatch())


class PillowWatch:
    """A finder that finds no modules itself and removes itself after the import of Pillow."""

    def find_spec(self, name, path=None, target=None):
        if name != "PIL.Image":
            return None
        specs = (finder.find_spec(name, path, target) for finder in list(sys.meta_path) if finder is not self)
        spec = next((spec for spec in specs if spec is not None), None)
        if spec is not None and hasattr(spec.loader, "exec_module"):
            self.follow(spec.loader)
        return spec

    def follow(self, loader):
        execute = loader.exec_module

        def exec_module(module):
            execute(module)
            if module.__name__ != "PIL.Image":
                # One loader can serve a whole archive.
                return
            del loader.exec_module
            if self in sys.meta_path:
                sys.meta_path.remove(self)
            quietly("images", "patch")(module)

        loader.exec_module = exec_module


loaded = {}
prepare()

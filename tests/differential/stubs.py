"""Modules of a package imported from its sources where all that is around them is not installed.

install(root, real, tops): "real" modules come from the folder root; everything else below "tops" is a stub that
has every name, as a class, so that annotations and bases work. What a stub has to do is set on it afterwards.
"""
import importlib.abc
import importlib.machinery
import pathlib
import sys
import types


class Stub(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        made = type(name, (), {"__init__": lambda self, *a, **k: None, "__class_getitem__": classmethod(lambda cls, x: cls)})
        if name == "init_logger":
            import logging
            made = logging.getLogger
        setattr(self, name, made)
        return made


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, root, real, tops):
        self.root, self.real, self.tops = root, real, tops

    def find_spec(self, name, path=None, target=None):
        if name in self.real:
            source = str(pathlib.Path(self.root, *name.split(".")).with_suffix(".py"))
            return importlib.machinery.ModuleSpec(name, importlib.machinery.SourceFileLoader(name, source), origin=source)
        if name.split(".")[0] in self.tops:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return Stub(spec.name)

    def exec_module(self, module):
        module.__path__ = []


def install(root, real, tops):
    sys.meta_path.insert(0, Finder(root, real, tops))

"""Annotations as Python has them: evaluated, their type variables replaced, and taken apart.

`typing` changed from version to version, 3.6 to 3.14; what differs is known here and nowhere else.
`typing.get_type_hints` does not serve: it leaves a reference that is inside itself as it is, and
forgets where that was written.
"""

import operator
import sys
import typing
from typing import Dict, Mapping, Optional, Tuple

from cwd_server.toolkit.errors import DeclarationError

_PYTHON = f"Python {sys.version_info[0]}.{sys.version_info[1]}"
_UNION_TYPE = getattr(sys.modules["types"], "UnionType", None)  # of int | str, from 3.10 on

Namespace = Mapping[str, object]


class Scope:
    """Where an annotation was written: which names its text may use, what its variables stand for.

    names: the globals of the module
    own: what is known beside these, such as a class by its own name
    bindings: a generic type's variables, each with what was given for it
    outer: where the type was used, which is where the text inside such a binding was written
    self_type: what `Self` stands for: the class whose field it is, or None
    """

    def __init__(
        self,
        names: Namespace,
        own: Optional[Namespace] = None,
        bindings: Optional[Dict[object, object]] = None,
        outer: "Optional[Scope]" = None,
    ) -> None:
        self.names = names
        self.own = own or {}
        self.bindings = bindings or {}
        self.outer = outer
        self.self_type: object = None

    def resolve(self, hint: object, location: str) -> object:
        """Return `hint`, its text evaluated and its variables replaced; raise DeclarationError.

        What is inside its brackets stays as it is.
        """
        while isinstance(hint, str) or hasattr(hint, "__forward_arg__"):
            text = str(getattr(hint, "__forward_arg__", hint))
            try:
                hint = self._evaluate(text, getattr(hint, "__forward_module__", None))
            except (AttributeError, NameError, SyntaxError, TypeError) as error:
                raise DeclarationError(f"{location}: {explain_evaluation(text, error)}") from None
        if hint is None:
            return type(None)
        return self._replace_variables(hint)

    def name_of(self, hint: object) -> str:
        """Return the name that the module has for a hint, or ""."""
        for name, value in self.names.items():
            if value is hint:
                return name
        return ""

    def _evaluate(self, text: str, module: object) -> object:
        names = self.names
        # A module or its name: a TypedDict keeps where the annotation of a base was written
        if module is not None:
            module = sys.modules.get(str(module), module)
            names = getattr(module, "__dict__", names)
        try:
            return eval(text, dict(names), self.own)  # noqa: S307  the author's own code
        except NameError:
            if self.outer is None:
                raise
            return self.outer._evaluate(text, None)

    def _replace_variables(self, hint: object) -> object:
        """Return `hint` with what is bound to its variables: `List[T]` becomes `List[int]`."""
        if not self.bindings:
            return hint
        if isinstance(hint, typing.TypeVar):
            return self.bindings.get(hint, hint)
        parameters = getattr(hint, "__parameters__", ())
        is_bare_class = isinstance(hint, type) and getattr(hint, "__origin__", None) is None
        if is_bare_class or not any(parameter in self.bindings for parameter in parameters):
            return hint
        given = [self.bindings.get(parameter, parameter) for parameter in parameters]
        replaced: object = operator.getitem(hint, tuple(given))  # type: ignore[call-overload]
        return replaced


def explain_evaluation(text: str, error: Exception) -> str:
    """Return why an annotation cannot be evaluated, and what to write instead."""
    reason = f"{_PYTHON} cannot read the annotation {text!r} ({error})"
    if "unhashable" in str(error):
        return f"{reason}; put Annotated outside: Annotated[Optional[int], {{…}}]"
    if isinstance(error, NameError):
        return (
            f"{reason}; define or import it above, at the top level, not under TYPE_CHECKING alone"
        )
    return f"{reason}; Optional, Union, List, Dict of typing always work"


def origin_of(hint: object) -> object:
    """Return what a hint was made of: list for List[int] and List, Union for `int | str`.

    A hint that was made of nothing is its own origin.
    """
    if _UNION_TYPE is not None and isinstance(hint, _UNION_TYPE):
        return typing.Union
    origin = getattr(hint, "__origin__", None) or hint
    # 3.6: List[int] comes from List, and that from list
    return getattr(origin, "__extra__", None) or origin


def arguments_of(hint: object) -> Tuple[object, ...]:
    """Return what a hint holds in its brackets; () where there are none."""
    arguments = getattr(hint, "__args__", None)
    if not isinstance(arguments, tuple):  # 3.14: Union without brackets is a class
        return ()
    if getattr(hint, "_special", False):  # 3.7 and 3.8: List is List[T]
        return ()
    return arguments


def unpacked(hint: object) -> object:
    """Return the tuple in `*tuple[int, ...]` or Unpack[Tuple[int, ...]]; None for other hints."""
    if getattr(hint, "__unpacked__", False):
        return hint
    if form_of(hint) == "Unpack":
        return arguments_of(hint)[0]
    return None


def is_endless(arguments: Tuple[object, ...]) -> bool:
    """Whether these are the arguments of Tuple[T, ...]."""
    return len(arguments) == 2 and arguments[1] is Ellipsis


def is_empty_tuple(hint: object) -> bool:
    """Whether a hint is `Tuple[()]`, which has arguments of its own before 3.11 and none since."""
    if arguments_of(hint) == ((),):
        return True
    return getattr(hint, "__args__", None) == () and hint is not typing.Tuple


def form_of(hint: object) -> str:
    """Return "Union", "Literal", "Required", … for a hint that is made of one, else "".

    typing_extensions has its own of some; they go by the same names.
    """
    origin = origin_of(hint)
    if origin is typing.Union:
        return "Union"
    if isinstance(origin, type):
        return ""
    name = getattr(origin, "__name__", None) or getattr(origin, "_name", None) or str(origin)
    return str(name).rpartition(".")[2]


def describe_hint(hint: object) -> str:
    """Return a hint as its author would recognise it."""
    is_class = isinstance(hint, type) and not arguments_of(hint)
    if is_class or isinstance(hint, type(typing)):
        # A type checker knows no __name__ of an object, which `hint` is to it
        return str(getattr(hint, "__name__"))  # noqa: B009
    return str(hint).replace("typing.", "")


def scope_of_class(cls: type, outer: Optional[Scope] = None) -> Scope:
    """Return where the annotations of a class were written."""
    module = sys.modules.get(cls.__module__)
    own: Dict[str, object] = {cls.__name__: cls, **type_parameters_of(cls)}
    return Scope(getattr(module, "__dict__", {}), own, outer=outer)


def type_parameters_of(thing: object) -> Dict[str, object]:
    """Return the type variables that a class or function declares, `class Box[T]`, by name."""
    variables = {}
    for variable in getattr(thing, "__type_params__", ()):
        variables[variable.__name__] = variable
    return variables


def annotations_of(thing: object) -> Dict[str, object]:
    """Return the annotations of one class or function as they are written, without its bases'."""
    if sys.version_info >= (3, 14):
        import annotationlib

        return annotationlib.get_annotations(thing, format=annotationlib.Format.FORWARDREF)
    namespace = getattr(thing, "__dict__", {})
    if isinstance(thing, type):
        return dict(namespace.get("__annotations__", {}))
    return dict(getattr(thing, "__annotations__", {}))

"""Rules of CEL made ready to run, by the compiled library of the extra `cel`.

1. A rule is checked against the types of its schema, for the errors that the server tells, and run
   against values without types, because types of one schema cannot be given to values.
2. The two texts differ in few words; those are put as the server puts them.
3. Everything of the library is imported when a schema with rules is compiled, not before.

Source: k8s.io/apiextensions-apiserver pkg/apiserver/schema/cel/compilation.go, 1.36.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from reconcile.errors import ReconcileError

from .cel_library import FUNCTIONS
from .cel_literals import literal_errors
from .cel_texts import compile_text, evaluation_text

if TYPE_CHECKING:
    from .cel_types import Decl

__all__ = ["Checked", "Compiler", "EvaluationFault", "RulesNotRunError", "available"]

_PACKAGE: Final = "schema"
_OPAQUE: Final = {
    "URL": "kubernetes.URL",
    "IP": "net.IP",
    "CIDR": "net.CIDR",
    "Quantity": "kubernetes.Quantity",
    "Semver": "kubernetes.Semver",
}
_WELL_KNOWN: Final = {
    "dyn": ".google.protobuf.Value",
    "duration": ".google.protobuf.Duration",
    "timestamp": ".google.protobuf.Timestamp",
    "list": ".google.protobuf.ListValue",
    "map": ".google.protobuf.Struct",
}
_OLD: Final = "oldSelf"
_EXTENSIONS: Final = (
    *("bindings", "encoders", "math", "optional", "sets", "strings"),
    "two-var-comprehensions",
)
_ORDERINGS: Final = {
    "_<_": "less",
    "_<=_": "less_equals",
    "_>_": "greater",
    "_>=_": "greater_equals",
}
_ORDERED_BY_US: Final = "stdlib:\n  exclude_functions:\n" + "".join(
    f"  - name: {name}\n" for name in _ORDERINGS
)


class RulesNotRunError(ReconcileError):
    """Whoever runs the program must act: a schema has rules, and what runs them is missing."""

    def __str__(self) -> str:
        return "a schema has rules of CEL, which need the extra: install kube-reconcile[cel]"


class EvaluationFault(Exception):
    """Why a rule did not end in a value; the text is the server's."""


class Checked(NamedTuple):
    """What checking a rule told."""

    error: str
    """The server's text, empty if it may run."""
    result: str
    """The name of the type of its result."""
    uses_old: bool
    """Whether it reads the old value."""
    tree: bytes
    """The checked expression as a message of `cel.expr.CheckedExpr`, empty if there is none."""


def available() -> bool:
    """Return whether the extra is installed."""
    try:
        _library()
    except RulesNotRunError:
        return False
    return True


def _library() -> Any:
    """Return the library. Raises: RulesNotRunError if it is missing."""
    try:
        cel: Any = import_module("cel_expr_python.cel")
        import_module("google.protobuf.descriptor_pool")
    except ImportError as error:
        raise RulesNotRunError from error
    return cel


def _configured(cel: Any, more: str = "") -> Any:
    """Return what an environment is made of, beside its variables and functions."""
    names = "".join(f"- name: {name}\n" for name in _EXTENSIONS)
    return cel.NewEnvConfigFromYaml(f"name: schema\nextensions:\n{names}{more}")


def _comparisons(cel: Any) -> list[Any]:
    """Return comparisons with those of numbers of two types, which the library leaves out."""
    types = _plain(cel)
    numbers = ("int", "uint", "double")
    pairs = [(one, other) for one in numbers for other in numbers]
    pairs += [(kind, kind) for kind in ("bool", "bytes", "duration", "string", "timestamp")]
    return [
        cel.FunctionDecl(
            name,
            [
                cel.Overload(
                    f"{word}_{one}_{other}",
                    return_type=types["bool"],
                    parameters=[types[one], types[other]],
                )
                for one, other in pairs
            ],
        )
        for name, word in _ORDERINGS.items()
    ]


def _plain(cel: Any) -> dict[str, Any]:
    """Return the types without parameters, by name."""
    types = cel.Type
    return {
        "bool": types.BOOL,
        "bytes": types.BYTES,
        "double": types.DOUBLE,
        "duration": types.DURATION,
        "dyn": types.DYN,
        "int": types.INT,
        "string": types.STRING,
        "timestamp": types.TIMESTAMP,
        "uint": types.UINT,
    }


def _type(cel: Any, name: str, *, opaque: bool) -> Any:
    """Return a type by the name that the table of functions has for it."""
    if name in _OPAQUE:
        if opaque:
            return cel.Type(_OPAQUE[name])
        return cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
    if name.startswith("list("):
        return cel.Type.List(_type(cel, name[5:-1] if opaque else "dyn", opaque=opaque))
    if name.startswith("map("):
        key, _, value = name[4:-1].partition(", ")
        return cel.Type.Map(_type(cel, key, opaque=opaque), _type(cel, value, opaque=opaque))
    return _plain(cel)[name]


def _declarations(cel: Any) -> list[Any]:
    """Return the functions with their types."""
    overloads: dict[str, list[Any]] = {}
    for place, (name, member, parameters, result, act) in enumerate(FUNCTIONS):
        made = cel.Overload(
            f"k8s_{name.replace('.', '_')}_{place}",
            return_type=_type(cel, result, opaque=True),
            parameters=[_type(cel, each, opaque=True) for each in parameters],
            is_member=member,
            impl=act,
        )
        overloads.setdefault(name, []).append(made)
    return [cel.FunctionDecl(name, each) for name, each in overloads.items()]


def _implementations(cel: Any) -> list[Any]:
    """Return the functions by what can be told apart when they run."""
    groups: dict[tuple[str, bool, tuple[str, ...]], list[tuple[str, Callable[..., Any]]]] = {}
    for name, member, parameters, _, act in FUNCTIONS:
        kinds = tuple(_running(each) for each in parameters)
        groups.setdefault((name, member, kinds), []).append((parameters[0], act))
    overloads: dict[str, list[Any]] = {}
    for place, ((name, member, kinds), acts) in enumerate(groups.items()):
        made = cel.Overload(
            f"k8s_{name.replace('.', '_')}_{place}",
            return_type=cel.Type.DYN,
            parameters=[_type(cel, each, opaque=False) for each in kinds],
            is_member=member,
            impl=_dispatching(acts),
        )
        overloads.setdefault(name, []).append(made)
    return [cel.FunctionDecl(name, each) for name, each in overloads.items()]


def _running(name: str) -> str:
    if name in _OPAQUE:
        return "map(string, dyn)"
    return "list(dyn)" if name.startswith("list(") else name


def _dispatching(acts: list[tuple[str, Callable[..., Any]]]) -> Callable[..., Any]:
    if len({act for _, act in acts}) == 1 or not all(name in _OPAQUE for name, _ in acts):
        return acts[0][1]
    by_key = {name.lower(): act for name, act in acts}

    def act(first: Mapping[str, Any], *others: Any) -> Any:
        for key in first:
            if key in by_key:
                return by_key[key](first, *others)
        raise ValueError("no such overload")

    return act


@cache
def _checked_functions() -> Any:
    """Return the functions that rules are checked with. They never change."""
    cel = _library()
    return cel.CelExtension("kubernetes", [*_comparisons(cel), *_declarations(cel)])


@cache
def _running_environment() -> Any:
    """Return what rules run in. It is the same for all, because values have no types there."""
    cel = _library()
    types = cel.Type
    variables = {"self": types.DYN, _OLD: types.DYN}
    variables |= {"oldValue__": types.DYN, "hasOld__": types.BOOL}
    return cel.NewEnv(
        config=_configured(cel),
        variables=variables,
        extensions=[cel.CelExtension("kubernetes", _implementations(cel))],
    )


class _Messages:
    """Types of a schema as messages, which is how the library knows types with members."""

    def __init__(self, cel: Any) -> None:
        descriptor_pb2: Any = import_module("google.protobuf.descriptor_pb2")
        descriptor_pool: Any = import_module("google.protobuf.descriptor_pool")
        self.cel = cel
        self.pool: Any = descriptor_pool.DescriptorPool()
        self.file: Any = descriptor_pb2.FileDescriptorProto(
            name="schema.proto", package=_PACKAGE, syntax="proto2"
        )
        for name in ("struct", "timestamp", "duration"):
            described: Any = import_module(f"google.protobuf.{name}_pb2").DESCRIPTOR
            self.pool.AddSerializedFile(described.serialized_pb)
            self.file.dependency.append(described.name)
        for name in _OPAQUE.values():  # a type of its own is a message without members
            package, _, short = name.rpartition(".")
            file = descriptor_pb2.FileDescriptorProto(
                name=f"{name}.proto", package=package, syntax="proto2"
            )
            file.message_type.add(name=short)
            self.pool.AddSerializedFile(file.SerializeToString())
        self.codes: Any = descriptor_pb2.FieldDescriptorProto

    def type(self, decl: Decl) -> Any:
        """Return the type of a variable."""
        types = self.cel.Type
        if decl.kind == "object":
            return types(f"{_PACKAGE}.{self._message(decl)}")
        if decl.kind == "list" and decl.inner is not None:
            return types.List(self.type(decl.inner))
        if decl.kind == "map" and decl.inner is not None:
            return types.Map(types.STRING, self.type(decl.inner))
        return _plain(self.cel)[decl.kind]

    def close(self) -> Any:
        """Return the pool with all messages in it."""
        self.pool.AddSerializedFile(self.file.SerializeToString())
        return self.pool

    def _message(self, decl: Decl) -> str:
        name = f"Object{len(self.file.message_type)}"
        message = self.file.message_type.add(name=name)
        for number, (shown, (_, inner)) in enumerate(decl.fields.items(), 1):
            # Numbers from 19000 to 19999 are not for us.
            place = number if number < 19000 else number + 1000
            made = message.field.add(name=shown, number=place, json_name=shown)
            made.label = self.codes.LABEL_OPTIONAL
            if inner.kind == "list" and inner.inner is not None:
                made.label = self.codes.LABEL_REPEATED
                self._fill(made, inner.inner)
            elif inner.kind == "map" and inner.inner is not None:
                entry = f"{''.join(_words(shown))}Entry"
                if entry in decl.fields:  # two things of one name cannot be there
                    self._fill(made, inner)
                else:
                    self._map(message, made, inner.inner, name, entry)
            else:
                self._fill(made, inner)
        return name

    def _map(self, message: Any, made: Any, inner: Decl, name: str, entry_name: str) -> None:
        codes = self.codes
        # The name of the entry follows from the name of the member, or it is no map.
        entry = message.nested_type.add(name=entry_name)
        entry.options.map_entry = True
        entry.field.add(name="key", number=1, type=codes.TYPE_STRING, label=codes.LABEL_OPTIONAL)
        value = entry.field.add(name="value", number=2, label=codes.LABEL_OPTIONAL)
        self._fill(value, inner)
        made.label, made.type = codes.LABEL_REPEATED, codes.TYPE_MESSAGE
        made.type_name = f".{_PACKAGE}.{name}.{entry_name}"

    def _fill(self, made: Any, decl: Decl) -> None:
        codes = self.codes
        plain = {
            "string": codes.TYPE_STRING,
            "bytes": codes.TYPE_BYTES,
            "bool": codes.TYPE_BOOL,
            "int": codes.TYPE_INT64,
            "double": codes.TYPE_DOUBLE,
        }
        if decl.kind in plain:
            made.type = plain[decl.kind]
            return
        made.type = codes.TYPE_MESSAGE
        if decl.kind == "object":
            made.type_name = f".{_PACKAGE}.{self._message(decl)}"
        else:
            made.type_name = _WELL_KNOWN[decl.kind]


def _words(name: str) -> list[str]:
    """Return the parts of a name as the compiler of messages sees them."""
    return [part[:1].upper() + part[1:] for part in name.split("_") if part]


class Compiler:
    """Checks and compiles the rules of one place of a schema.

    Raises: RulesNotRunError if the extra is missing.
    """

    __slots__ = ("_cel", "_environments", "_pool", "_self")

    def __init__(self, decl: Decl) -> None:
        self._cel = _library()
        messages = _Messages(self._cel)
        self._self = messages.type(decl)
        self._pool = messages.close()
        self._environments: dict[str, Any] = {}

    def _checking(self, old: str) -> Any:
        """Return what checks expressions. `old`: what the old value is: "", "plain", "optional"."""
        made = self._environments.get(old)
        if made is None:
            cel = self._cel
            variables = {"self": self._self}
            more = _ORDERED_BY_US
            if old == "plain":
                variables[_OLD] = self._self
            elif old:
                name = self._self.name() if self._self.is_message() else "dyn"
                more += f"variables:\n- name: {_OLD}\n  type_name: optional_type\n"
                more += f"  params:\n  - type_name: {name}\n"
            made = self._environments[old] = cel.NewEnv(
                config=_configured(cel, more),
                descriptor_pool=self._pool,
                variables=variables,
                extensions=[_checked_functions()],
            )
        return made

    def check(self, source: str, *, optional_old: bool = False) -> Checked:
        """Return what the server says of an expression."""
        uses_old = False
        try:
            made = self._checking("").compile(source)
        except Exception as error:  # noqa: BLE001 - the library raises what it raises
            uses_old = re.search(rf"undeclared reference to '{_OLD}\b", str(error)) is not None
            if not uses_old:
                return Checked(compile_text(str(error), source), "", uses_old=False, tree=b"")
            try:
                made = self._checking("optional" if optional_old else "plain").compile(source)
            except Exception as second:  # noqa: BLE001 - the library raises what it raises
                return Checked(compile_text(str(second), source), "", uses_old=True, tree=b"")
        tree: bytes = made.serialize()
        wrong = literal_errors(tree, source)
        return Checked(wrong, made.return_type().name(), uses_old=uses_old, tree=tree)

    def program(self, source: str, *, optional_old: bool = False) -> Callable[[Any, Any], Any]:
        """Return a function of the value and the old value that runs an expression.

        Shape: the function raises EvaluationFault if the expression ends in none.
        """
        cel = self._cel
        text = source
        if optional_old:
            text = (
                "cel.bind(oldSelf, hasOld__ ? optional.of(oldValue__) : optional.none(), "
                f"(\n{source}\n))"
            )
        made = _running_environment().compile(text, disable_check=True)
        error_type = cel.Type.ERROR

        def run(value: Any, old: Any) -> Any:
            data = {"self": value, _OLD: old, "oldValue__": old, "hasOld__": old is not None}
            try:
                result = made.eval(data=data)
            except Exception as error:
                raise EvaluationFault(evaluation_text(str(error))) from error
            if result.type() == error_type:
                raise EvaluationFault(evaluation_text(str(result.value())))
            return result.plain_value()

        return run

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
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from reconcile.errors import ReconcileError

from .cel_library import FUNCTIONS

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


def _library() -> tuple[Any, list[Any]]:
    """Return the library and its extensions. Raises: RulesNotRunError if it is missing."""
    try:
        cel: Any = import_module("cel_expr_python.cel")
        import_module("google.protobuf.descriptor_pool")
        extensions: list[Any] = [
            import_module(f"cel_expr_python.ext.ext_{name.lower()}").__dict__[f"Ext{name}"]()
            for name in ("Bindings", "Encoders", "Math", "Optional", "Strings")
        ]
    except ImportError as error:
        raise RulesNotRunError from error
    return cel, extensions


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
                self._map(message, made, inner.inner, name, number)
            else:
                self._fill(made, inner)
        return name

    def _map(self, message: Any, made: Any, inner: Decl, name: str, number: int) -> None:
        codes = self.codes
        # The name of the entry follows from the name of the member, or it is no map.
        entry_name = f"{''.join(part.capitalize() for part in _words(made.name))}Entry"
        entry = message.nested_type.add(name=entry_name)
        entry.options.map_entry = True
        entry.field.add(name="key", number=1, type=codes.TYPE_STRING, label=codes.LABEL_OPTIONAL)
        value = entry.field.add(name="value", number=2, label=codes.LABEL_OPTIONAL)
        self._fill(value, inner)
        made.label, made.type = codes.LABEL_REPEATED, codes.TYPE_MESSAGE
        made.type_name = f".{_PACKAGE}.{name}.{entry_name}"
        del number

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

    __slots__ = ("_cel", "_extensions", "_pool", "_run", "_self", "_with_old", "_without_old")

    def __init__(self, decl: Decl) -> None:
        self._cel, self._extensions = _library()
        messages = _Messages(self._cel)
        self._self = messages.type(decl)
        self._pool = messages.close()
        self._run: Any = None
        self._with_old: Any = None
        self._without_old: Any = None

    def _checking(self, variables: Mapping[str, Any]) -> Any:
        cel = self._cel
        extensions = [*self._extensions, cel.CelExtension("kubernetes", _declarations(cel))]
        return cel.NewEnv(
            descriptor_pool=self._pool, variables=dict(variables), extensions=extensions
        )

    def check(self, source: str, *, optional_old: bool = False) -> Checked:
        """Return what the server says of an expression."""
        types = self._cel.Type
        if self._without_old is None:
            self._without_old = self._checking({"self": self._self})
        try:
            made = self._without_old.compile(source)
        except Exception as error:  # noqa: BLE001 - the library raises what it raises
            if re.search(rf"undeclared reference to '{_OLD}\b", str(error)) is None:
                return Checked(_compile_text(error), "", uses_old=False, tree=b"")
        else:
            return Checked("", made.return_type().name(), uses_old=False, tree=made.serialize())
        if self._with_old is None or optional_old:
            old = types.DYN if optional_old else self._self
            self._with_old = self._checking({"self": self._self, _OLD: old})
        try:
            made = self._with_old.compile(source)
        except Exception as error:  # noqa: BLE001 - the library raises what it raises
            return Checked(_compile_text(error), "", uses_old=True, tree=b"")
        return Checked("", made.return_type().name(), uses_old=True, tree=made.serialize())

    def program(self, source: str, *, optional_old: bool = False) -> Callable[[Any, Any], Any]:
        """Return a function of the value and the old value that runs an expression.

        Shape: the function raises EvaluationFault if the expression ends in none.
        """
        cel = self._cel
        if self._run is None:
            types = cel.Type
            self._run = cel.NewEnv(
                variables={"self": types.DYN, "oldValue__": types.DYN, "hasOld__": types.BOOL}
                | {_OLD: types.DYN},
                extensions=[*self._extensions, cel.CelExtension("k8s", _implementations(cel))],
            )
        text = source
        if optional_old:
            text = (
                "cel.bind(oldSelf, hasOld__ ? optional.of(oldValue__) : optional.none(), "
                f"(\n{source}\n))"
            )
        made = self._run.compile(text)
        error_type = cel.Type.ERROR

        def run(value: Any, old: Any) -> Any:
            data = {"self": value, _OLD: old, "oldValue__": old, "hasOld__": old is not None}
            try:
                result = made.eval(data=data)
            except Exception as error:
                raise EvaluationFault(_evaluation_text(str(error))) from error
            if result.type() == error_type:
                raise EvaluationFault(_evaluation_text(str(result.value())))
            return result.plain_value()

        return run


def _compile_text(error: Exception) -> str:
    text = re.sub(r"^[A-Z_]+: ", "", str(error))
    text = re.sub(r" \[[A-Z_]+\]$", "", text)
    return re.sub(
        r"undefined field '([^']*)' not found in struct '[^']*'", r"undefined field '\1'", text
    )


_EVALUATION: Final = (
    (r"divide by zero", "division by zero"),
    (r'Key not found in map : "?(.*?)"?', r"no such key: \1"),
    (r"no_such_field : (.*)", r"no such key: \1"),
    (r"Index error: index=(-?\d+) size=\d+", r"index out of bounds: \1"),
    (r"No matching overloads found : .*", "no such overload"),
    (r"Applying SELECT to non-message type", "no such overload"),
    (r"cannot convert string to int", "type conversion error from 'string' to 'int'"),
    (r"int64 overflow|integer overflow.*", "integer overflow"),
    (r"optional\.none\(\) dereference", "optional.none() dereference"),
)


def _evaluation_text(text: str) -> str:
    text = re.sub(r"^[A-Z_]+: ", "", text)
    for pattern, instead in _EVALUATION:
        found = re.fullmatch(pattern, text, re.DOTALL)
        if found is not None:
            return found.expand(instead)
    return text

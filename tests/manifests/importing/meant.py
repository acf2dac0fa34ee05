"""What the code of an import may hold, and nothing else."""

from __future__ import annotations

import ast

BUILTIN = {"bool", "dict", "float", "int", "list", "str"}
IMPORTED = {
    "typing": {"Annotated", "Any", "Literal"},
    "pydantic": {"Field", "JsonValue"},
    "reconcile": {
        *("Cel", "Column", "EmbeddedResource", "Immutable", "IntOrString", "ListType", "MapType"),
        *("Model", "Parent", "Quantity", "Scale", "Schema", "Selectable"),
    },
}
CALLED = {
    *("Cel", "Column", "EmbeddedResource", "Field", "Immutable", "ListType", "MapType"),
    *("Quantity", "Scale", "Schema", "Selectable"),
}
KEYWORDS = {
    *("group", "version", "kind", "plural", "singular", "list_kind", "scope", "short_names"),
    *("categories", "served", "deprecated", "columns", "scale", "nulls", "cel", "schema"),
}


class _Meant(ast.NodeVisitor):
    """Walks a module, and raises for what is not meant."""

    def __init__(self) -> None:
        self.names = set(BUILTIN)
        self.classes: set[str] = set()

    def module(self, tree: ast.Module) -> None:
        docstring, *rest = tree.body
        assert isinstance(docstring, ast.Expr)
        _text(docstring.value)
        for node in rest:
            if isinstance(node, ast.ImportFrom):
                names = {each.name for each in node.names}
                assert all(each.asname is None for each in node.names)
                assert names <= IMPORTED[str(node.module)]
                self.names |= names
            elif isinstance(node, ast.Assign):
                (target,) = node.targets
                assert isinstance(target, ast.Name)
                assert isinstance(node.value, ast.Subscript)
                self.expression(node.value)
                assert target.id not in self.names
                self.names.add(target.id)
            else:
                assert isinstance(node, ast.ClassDef)
                self.class_(node)

    def class_(self, node: ast.ClassDef) -> None:
        (base,) = node.bases
        assert ast.unparse(base).partition("[")[0] in {"Model", "Parent"}
        assert {each.arg for each in node.keywords} <= KEYWORDS
        assert not node.decorator_list
        for each in (base, *(each.value for each in node.keywords)):
            self.expression(each)
        for inner in node.body:
            if isinstance(inner, ast.Expr):
                _text(inner.value)
            elif isinstance(inner, ast.Assign):
                assert ast.unparse(inner.targets[0]) == "__doc__"
                _text(inner.value)
            elif isinstance(inner, ast.AnnAssign):
                assert isinstance(inner.target, ast.Name)
                assert not inner.target.id.startswith(("_", "model_"))
                self.expression(inner.annotation)
                if inner.value is not None:
                    self.expression(inner.value)
            else:
                assert isinstance(inner, ast.Pass)
        assert node.name not in self.names
        self.names.add(node.name)
        self.classes.add(node.name)

    def expression(self, node: ast.expr) -> None:
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Attribute):
                assert called.attr == "read"
                called = called.value
                assert ast.unparse(called) in self.classes
            assert isinstance(called, ast.Name)
            assert called.id in CALLED | self.classes
            for each in (*node.args, *(each.value for each in node.keywords)):
                self.expression(each)
            assert all(each.arg is not None for each in node.keywords)
        elif isinstance(node, ast.Name):
            assert node.id in self.names
        elif isinstance(node, ast.Subscript):
            self.expression(node.value)
            self.expression(node.slice)
        elif isinstance(node, ast.BinOp):
            assert isinstance(node.op, ast.BitOr)
            self.expression(node.left)
            self.expression(node.right)
        elif isinstance(node, (ast.Tuple, ast.List)):
            for each in node.elts:
                self.expression(each)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                assert key is not None
                _text(key)
                self.expression(value)
        elif isinstance(node, ast.UnaryOp):
            assert isinstance(node.op, ast.USub)
            assert isinstance(node.operand, ast.Constant)
        else:
            assert isinstance(node, ast.Constant), ast.dump(node)


def _text(node: ast.expr) -> None:
    assert isinstance(node, ast.Constant)
    assert isinstance(node.value, str)


def check(source: str) -> ast.Module:
    """Check that a module holds only what is meant, and return it."""
    tree = ast.parse(source)
    _Meant().module(tree)
    # Comments are no part of the tree: what is left out is told in words of ours.
    for line in source.splitlines():
        assert all(each.isprintable() for each in line)
        if line.startswith("#"):
            assert line.startswith(
                ("# Left out of the definition:", "# - conversion: ", "# - what ", "# - that /")
            )
    return tree

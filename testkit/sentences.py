"""Every sentence of the package that a user can read, collected from its source."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

_SQL = re.compile(r"\b(SELECT|FROM|WHERE|INSERT|UPDATE|DELETE|CREATE|JOIN|UNION|ALTER|DROP|CALL|ORDER BY|GROUP BY)\b")
_WORDS = re.compile(r"[a-z]{2,} .*[a-z]{2,}")


def sentences_of(package: Path) -> str:
    """Return all strings of a package with two words or more, file by file; SQL and docstrings are left out.

    What is put into a string at run time is a pair of braces with the expression. The docstring of a verb is its help,
    so it is kept.
    """
    blocks = []
    for file in sorted(package.rglob("*.py")):
        name = file.relative_to(package.parent).as_posix()
        found = dict.fromkeys(_sentences(ast.parse(file.read_text("utf-8")), keeps_help=file.parent.name == "cli"))
        if found:
            blocks.append("\n".join([f"# {name}", *found]))
    return "\n\n".join(blocks) + "\n"


def _sentences(tree: ast.Module, *, keeps_help: bool) -> Iterator[str]:
    docstrings = set(_docstrings(tree, keeps_help=keeps_help))
    for node in _outermost_strings(tree):
        text = " ".join(_text(node).split())
        if id(node) not in docstrings and _WORDS.search(text) and not _SQL.search(text):
            yield text


def _docstrings(tree: ast.Module, *, keeps_help: bool) -> Iterator[int]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or not node.body:
            continue
        first = node.body[0]
        is_help = keeps_help and isinstance(node, ast.FunctionDef) and node.name in {"command", "main"}
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and not is_help:
            yield id(first.value)


def _outermost_strings(node: ast.AST) -> Iterator[ast.expr]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.JoinedStr) or (isinstance(child, ast.Constant) and isinstance(child.value, str)):
            yield child
        else:
            yield from _outermost_strings(child)


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) for part in node.values)
    return f"{{{ast.unparse(node.value)}}}" if isinstance(node, ast.FormattedValue) else ""

"""Reads the house's own code, without running it, and lists what breaks its rules (docs/architecture.md).

Every checker takes what was read and returns sentences; no sentence is as it must be. The checkers know nothing of
this repository's files, so that tests/test_architecture.py can feed them bad examples.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS = ("projects", "users", "templates", "channels_app", "messaging", "transactional", "campaigns", "sendios")
"""From the ground up: each may import those before it."""
BESIDE = ("sandbox", "scripts")
"""Programs beside the apps: neither side knows the other."""
OUTSIDE = ("tests", "benchmarks")
DOORS = ("jobs", "api", "admin")
LAYERS = ("models", "selectors", "services", *DOORS)
PROVIDER_PARTS = ("app_push", "sms", "contract", "registry", "transport", "exchange")
QUEUE_DOORS = ("projects.queue.enqueue", "projects.queue.put")
GRAB_BAGS = ("utils", "util", "helpers", "helper", "manager", "managers", "common", "misc", "base")

DOTTED = re.compile(r"[a-z_]+(\.\w+)+")
# Written so that this line doesn't find itself.
REGISTRIES = (
    r"py[p]i\.org|python[h]osted\.|registry\.np[m]js|np[m]js\.org|crat[e]s\.io|proxy\.go[l]ang|--(extra-)?inde[x]-url"
)
MACHINES = r"(?<![\w.~}-])/(home|Users|wor[k]|mnt|root)/\w|\b[A-Z]:\\\\Users"
TRACES = re.compile(f"{REGISTRIES}|{MACHINES}", re.IGNORECASE)

MOST_LINES, MOST_FUNCTION_LINES, MOST_PARAMETERS = 400, 60, 7

Graph = Mapping[str, frozenset[str]]
"""A module's dotted name → the dotted names it imports: modules of the graph in full, others as written."""


@dataclass(frozen=True, slots=True)
class Bell:
    """A call of projects.queue.enqueue or put. `job` is "" where it is no literal; `count` of its arguments."""

    module: str
    line: int
    queue: str
    job: str
    count: int


def sources(*packages: str) -> dict[str, str]:
    """Dotted name → text of every module of the packages, migrations left out."""
    files = (file for package in packages for file in sorted((ROOT / package).rglob("*.py")))
    return {_module_name(file.relative_to(ROOT)): file.read_text() for file in files if "migrations" not in file.parts}


def imports_of(texts: Mapping[str, str], *, for_types: bool = True) -> Graph:
    """Who imports whom, wherever in the file the import stands: in functions and, with `for_types`, for types, too."""
    return {name: frozenset(_imports(name, text, texts, for_types)) for name, text in texts.items()}


def upward_imports(graph: Graph) -> list[str]:
    """Imports between apps against the arrows."""
    return [
        f"{name} imports {imported}, which is above it"
        for name, imported in _edges(graph)
        if _app(name) in APPS and _app(imported) in APPS and _height(imported) > _height(name)
    ]


def trespasses(graph: Graph) -> list[str]:
    """Apps and the programs beside them that know each other; product code that knows tests or benchmarks."""
    return [
        f"{name} imports {imported}"
        for name, imported in _edges(graph)
        if _app(name) != _app(imported)
        and (_app(imported) in (*BESIDE, *OUTSIDE) or (_app(name) in BESIDE and _app(imported) in APPS))
    ]


def circles(graph: Graph) -> list[str]:
    """Modules that import each other, directly or through others."""
    reached = {name: reachable(graph, name) for name in graph}
    return sorted(
        f"{name} and {other} import each other"
        for name in graph
        for other in reached[name]
        if name < other and name in reached.get(other, frozenset())
    )


def crossed_layers(graph: Graph) -> list[str]:
    """Modules that lean on a higher layer, of any app and through any number of others.

    From below: models, selectors, services; then jobs, api and admin, which don't know each other. A module that is
    none of these (a leaf) may stand anywhere below the doors. `sendios` is wiring and knows them all.
    """
    return [
        f"{name} ({layer}) leans on {other} ({layer_of(other)})"
        for name in graph
        if _app(name) in APPS and _app(name) != "sendios"
        for layer in [layer_of(name)]
        for other in sorted(reachable(graph, name))
        if layer_of(other) in _forbidden(layer)
    ]


def impure_providers(graph: Graph) -> list[str]:
    """Provider code that leans on models, services or the database."""
    return [
        f"{name} leans on {other}"
        for name in graph
        if name.split(".")[:1] == ["channels_app"] and name.split(".")[1:2] and name.split(".")[1] in PROVIDER_PARTS
        for other in sorted(reachable(graph, name))
        if layer_of(other) or other.startswith("django.db")
    ]


def reachable(graph: Graph, name: str) -> frozenset[str]:
    """Everything that `name` imports, and what that imports, and so on."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        fresh = graph.get(waiting.pop(), frozenset()) - found
        found |= fresh
        waiting += fresh
    return frozenset(found)


def layer_of(name: str) -> str:
    """models, selectors, services, jobs, api or admin; "" for a leaf and for code that isn't an app's."""
    app, _, rest = name.partition(".")
    part = rest.partition(".")[0].partition("_")[0]
    return part if app in APPS and part in LAYERS else ""


def bells(texts: Mapping[str, str]) -> list[Bell]:
    """Every call that puts a job into a queue, outside of projects.queue's own machinery."""
    return [bell for name, text in texts.items() for bell in _bells(name, ast.parse(text))]


def upward_links(links: Iterable[tuple[str, str]]) -> list[str]:
    """Of links (from "app.Model.field", to "app.Model"), those that point at an app above."""
    ours = (link for link in links if _app(link[0]) in APPS and _app(link[1]) in APPS)
    return [f"{source} points up at {target}" for source, target in ours if _height(target) > _height(source)]


def our_strings(value: object) -> Iterator[str]:
    """Every dotted name of our code inside a setting's value."""
    if isinstance(value, str):
        if DOTTED.fullmatch(value) and _app(value) in APPS:
            yield value
    elif isinstance(value, Mapping):
        yield from our_strings(list(value.values()))
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from our_strings(each)


def foreign_traces(name: str, text: str) -> list[str]:
    """Lines with a package registry's host name, or a path that exists on somebody's machine only."""
    return [
        f"{name}:{number}: {found[0]}"
        for number, line in enumerate(text.splitlines(), start=1)
        for found in [TRACES.search(line)]
        if found
    ]


def oversized(texts: Mapping[str, str]) -> list[str]:
    """Files over 400 lines, functions over 60, and functions that take more than 7 arguments beside self."""
    return [sentence for name, text in texts.items() for sentence in (*_long_file(name, text), *_functions(name, text))]


def grab_bags(names: Sequence[str]) -> list[str]:
    """Modules whose name says nothing: whatever is in them belongs elsewhere."""
    return [name for name in names if name.rpartition(".")[2] in GRAB_BAGS]


def _module_name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(name: str, text: str, known: Mapping[str, str], for_types: bool) -> Iterator[str]:
    for node in _nodes(ast.parse(text), for_types):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = _absolute(name, node)
            for alias in node.names:
                member = f"{source}.{alias.name}"
                yield member if member in known else source


def _nodes(node: ast.AST, for_types: bool) -> Iterator[ast.AST]:
    """`node` and all below it; without `for_types`, nothing below `if TYPE_CHECKING:`."""
    yield node
    if isinstance(node, ast.If) and not for_types and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        return
    for child in ast.iter_child_nodes(node):
        yield from _nodes(child, for_types)


def _absolute(name: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = name.split(".")[: -node.level]
    return ".".join([*package, *([node.module] if node.module else [])])


def _edges(graph: Graph) -> Iterator[tuple[str, str]]:
    return ((name, imported) for name in graph for imported in sorted(graph[name]))


def _app(name: str) -> str:
    return name.partition(".")[0]


def _height(name: str) -> int:
    return APPS.index(_app(name))


def _forbidden(layer: str) -> tuple[str, ...]:
    if layer in DOORS:
        return tuple(door for door in DOORS if door != layer)
    return LAYERS[LAYERS.index(layer) + 1 :] if layer else DOORS


def _bells(name: str, tree: ast.AST) -> Iterator[Bell]:
    ways = _ways_to_ring(name, tree)
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return (_bell(name, call) for call in calls if ast.unparse(call.func) in ways)


def _ways_to_ring(name: str, tree: ast.AST) -> tuple[str, ...]:
    """How this module calls the two functions, by what it imports."""
    if name == "projects.queue":
        return ("enqueue",)
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names = [(f"{node.module}.{alias.name}", alias.asname or alias.name) for node in imported for alias in node.names]
    functions = [called for name, called in names if name in QUEUE_DOORS]
    modules = [called for name, called in names if name == "projects.queue"]
    return (*functions, *(f"{module}.{door.rpartition('.')[2]}" for module in modules for door in QUEUE_DOORS))


def _bell(module: str, call: ast.Call) -> Bell:
    queue, job = (arg.value if isinstance(arg, ast.Constant) else "" for arg in call.args[:2])
    return Bell(module, call.lineno, str(queue), str(job), len(call.args) - 2)


def _long_file(name: str, text: str) -> Iterator[str]:
    lines = text.count("\n")
    if lines > MOST_LINES:
        yield f"{name} has {lines} lines"


def _functions(name: str, text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if lines > MOST_FUNCTION_LINES:
            yield f"{name}.{node.name} has {lines} lines"
        taken = [each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        if len(count := [each for each in taken if each not in ("self", "cls")]) > MOST_PARAMETERS:
            yield f"{name}.{node.name} takes {len(count)} arguments"

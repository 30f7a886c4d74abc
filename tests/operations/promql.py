"""PromQL over scrapes, as much of it as the rules and the dashboard use: enough to see an alert fire.

After https://prometheus.io/docs/prometheus/latest/querying/ . ``increase`` and ``rate`` do not extrapolate: between
two scrapes they say what happened between them. What is not known here raises NotImplementedError.
"""

import itertools
import math
import operator
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import promql_parser as promql

Labels = frozenset[tuple[str, str]]
Vector = dict[Labels, float]

_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
_COUNT: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda one, other: one / other if other else math.nan,
}
_AGGREGATE: Mapping[str, Callable[[Sequence[float]], float]] = {
    "sum": math.fsum,
    "min": min,
    "max": max,
    "count": len,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Every series at one time (seconds); the name is the label ``__name__``."""

    at: float
    series: Vector


def names_in(query: str) -> set[str]:
    """Return the names of the metrics in a query."""
    found: set[str] = set()

    def look(node: promql.Expr) -> None:
        if isinstance(node, promql.VectorSelector) and node.name:
            found.add(node.name)
        if isinstance(node, promql.MatrixSelector) and node.vector_selector.name:
            found.add(node.vector_selector.name)

    promql.walk(promql.parse(query), look)
    return found


def evaluate(query: str, points: Sequence[Point]) -> Vector | float:
    """Return what a query comes to at the last of these points."""
    return _value(promql.parse(query), points)


def _value(node: promql.Expr, points: Sequence[Point]) -> Vector | float:
    match node:
        case promql.NumberLiteral():
            return float(node.val)
        case promql.ParenExpr():
            return _value(node.expr, points)
        case promql.VectorSelector():
            return _chosen(node, points[-1])
        case promql.AggregateExpr():
            return _aggregated(node, points)
        case promql.Call():
            return _called(node, points)
        case promql.BinaryExpr():
            return _combined(str(node.op), _value(node.lhs, points), _value(node.rhs, points))
    raise NotImplementedError(str(node))


def _vector(node: promql.Expr, points: Sequence[Point]) -> Vector:
    value = _value(node, points)
    assert isinstance(value, dict), f"{node} is no vector"
    return value


def _chosen(selector: promql.VectorSelector, point: Point) -> Vector:
    return {labels: value for labels, value in point.series.items() if _fits(selector, dict(labels))}


def _fits(selector: promql.VectorSelector, labels: Mapping[str, str]) -> bool:
    if selector.name and labels["__name__"] != selector.name:
        return False
    for matcher in selector.matchers.matchers:
        value = labels.get(matcher.name, "")
        same = value == matcher.value
        alike = re.fullmatch(matcher.value, value) is not None
        fits = (
            (promql.MatchOp.Equal, same),
            (promql.MatchOp.NotEqual, not same),
            (promql.MatchOp.Re, alike),
            (promql.MatchOp.NotRe, not alike),
        )
        if not next(fit for kind, fit in fits if kind == matcher.op):
            return False
    return True


def _aggregated(node: promql.AggregateExpr, points: Sequence[Point]) -> Vector:
    assert node.modifier is None or node.modifier.type == promql.AggModifierType.By
    kept = set(node.modifier.labels) if node.modifier else set()
    groups: dict[Labels, list[float]] = defaultdict(list)
    for labels, value in _vector(node.expr, points).items():
        groups[frozenset(one for one in labels if one[0] in kept)].append(value)
    if str(node.op) == "topk":
        raise NotImplementedError("topk")
    return {labels: _AGGREGATE[str(node.op)](values) for labels, values in groups.items()}


def _called(node: promql.Call, points: Sequence[Point]) -> Vector:
    match node.func.name:
        case "rate" | "increase" | "changes" as name:
            return _over_time(name, node.args[0], points)
        case "histogram_quantile":
            return _quantile(float(node.args[0].val), _vector(node.args[1], points))
    raise NotImplementedError(node.func.name)


def _over_time(name: str, selector: promql.MatrixSelector, points: Sequence[Point]) -> Vector:
    since = points[-1].at - selector.range.total_seconds()
    series: dict[Labels, list[tuple[float, float]]] = defaultdict(list)
    for point in points:
        if point.at >= since:
            for labels, value in _chosen(selector.vector_selector, point).items():
                series[_nameless(labels)].append((point.at, value))
    found: Vector = {}
    for labels, values in series.items():
        steps = [(one[1], other[1]) for one, other in itertools.pairwise(values)]
        if not steps:
            continue
        grown = math.fsum(other - one if other >= one else other for one, other in steps)  # a counter that began anew
        seconds = values[-1][0] - values[0][0]
        found[labels] = {
            "increase": grown,
            "rate": grown / seconds,
            "changes": float(sum(one != other for one, other in steps)),
        }[name]
    return found


def _quantile(part: float, buckets: Vector) -> Vector:
    groups: dict[Labels, list[tuple[float, float]]] = defaultdict(list)
    for labels, value in buckets.items():
        bound = dict(labels)["le"]
        groups[frozenset(one for one in labels if one[0] != "le")].append((float(bound), value))
    return {labels: _within(part, sorted(some)) for labels, some in groups.items() if max(some)[1]}


def _within(part: float, buckets: Sequence[tuple[float, float]]) -> float:
    wanted = part * buckets[-1][1]
    below, before = 0.0, 0.0
    for bound, count in buckets:
        if count >= wanted:
            if math.isinf(bound):
                return below
            return below + (bound - below) * ((wanted - before) / (count - before) if count > before else 0.0)
        below, before = bound, count
    return below


def _combined(sign: str, left: Vector | float, right: Vector | float) -> Vector | float:
    if sign in ("and", "or", "unless"):
        assert isinstance(left, dict)
        assert isinstance(right, dict)
        return _set(sign, left, right)
    if isinstance(left, float) and isinstance(right, float):
        return _COUNT[sign](left, right)
    found: Vector = {}
    for labels, one, other in _pairs(left, right):
        if sign in _COUNT:
            found[_nameless(labels)] = _COUNT[sign](one, other)
        elif _COMPARE[sign](one, other):
            found[labels] = one
    return found


def _set(sign: str, left: Vector, right: Vector) -> Vector:
    there, here = {_nameless(labels) for labels in right}, {_nameless(labels) for labels in left}
    match sign:
        case "and":
            return {labels: value for labels, value in left.items() if _nameless(labels) in there}
        case "unless":
            return {labels: value for labels, value in left.items() if _nameless(labels) not in there}
    return left | {labels: value for labels, value in right.items() if _nameless(labels) not in here}


def _pairs(left: Vector | float, right: Vector | float) -> list[tuple[Labels, float, float]]:
    if isinstance(left, float):
        assert isinstance(right, dict)
        return [(labels, left, other) for labels, other in right.items()]
    if isinstance(right, float):
        return [(labels, one, right) for labels, one in left.items()]
    by_labels = {_nameless(labels): other for labels, other in right.items()}
    pairs = [(labels, one, by_labels.get(_nameless(labels))) for labels, one in left.items()]
    return [(labels, one, other) for labels, one, other in pairs if other is not None]


def _nameless(labels: Labels) -> Labels:
    return frozenset(one for one in labels if one[0] != "__name__")

"""Plain SQL expressions of a study file (``computed`` and ``where``): parsed, and limited to harmless ones."""

from __future__ import annotations

import sqlglot
from sqlglot import exp

from personakit.errors import StudyError, did_you_mean, listing

_ALLOWED: tuple[type[exp.Expression], ...] = (
    exp.Column, exp.Identifier, exp.Literal, exp.Null, exp.Boolean, exp.Paren, exp.Neg, exp.Not,
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod,
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.Between, exp.In, exp.And, exp.Or, exp.Like,
    exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Cast, exp.TryCast, exp.DataType, exp.DataTypeParam,
    exp.Abs, exp.Round, exp.Floor, exp.Ceil, exp.Least, exp.Greatest, exp.Ln, exp.Sqrt,
    exp.Lower, exp.Upper, exp.Trim, exp.Length, exp.Substring, exp.Concat, exp.DPipe, exp.Replace,
    exp.RegexpExtract, exp.RegexpReplace, exp.StrPosition, exp.SplitPart, exp.Left, exp.Right,
    exp.Extract, exp.Year, exp.Month, exp.Day, exp.DateDiff, exp.TimestampTrunc, exp.DateTrunc,
    exp.StrToTime, exp.TsOrDsToDate, exp.TsOrDsToTimestamp, exp.Var, exp.Date, exp.Timestamp,
)  # fmt: skip


def check_expression(text: str, columns: list[str], where: str) -> str:
    """
    Check one expression of a study file.

    Parameters
    ----------
    text : str
        An SQL expression over the columns of one source.
    columns : list of str
        The columns it may use.
    where : str
        Its place in the study file, for the message.

    Returns
    -------
    str
        The expression as DuckDB SQL with every column quoted.

    Raises
    ------
    StudyError
        If it is not one expression, uses anything but arithmetic, comparisons and text or date functions,
        or names a column that is not there.

    Examples
    --------
    >>> check_expression("Quantity * UnitPrice", ["Quantity", "UnitPrice"], "sources.orders.computed.amount")
    '"Quantity" * "UnitPrice"'
    """
    try:
        trees = sqlglot.parse(text, read="duckdb")
    except sqlglot.errors.SqlglotError as error:
        hint = 'put a column that is named like an SQL word in double quotes: "Like"'
        raise StudyError(f"{where}: '{text}' is not an SQL expression ({str(error).splitlines()[0]}); {hint}") from None
    if len(trees) != 1 or trees[0] is None:
        raise StudyError(f"{where}: '{text}' has to be one SQL expression, such as Quantity * UnitPrice")
    tree = trees[0]
    known = {column.lower(): column for column in columns}
    for node in tree.walk():
        if type(node) not in _ALLOWED:
            allowed = "arithmetic, comparisons, CASE, CAST, COALESCE, and text or date functions"
            raise StudyError(f"{where}: '{node.sql(dialect='duckdb')}' is not allowed there; allowed are {allowed}")
        if isinstance(node, exp.Column):
            if node.table or node.name.lower() not in known:
                hint = did_you_mean(node.name, columns)
                raise StudyError(f"{where}: no column '{node.name}'; the source has: {listing(columns)}{hint}")
            node.set("this", exp.to_identifier(known[node.name.lower()], quoted=True))
    return tree.sql(dialect="duckdb", normalize_functions=False)
